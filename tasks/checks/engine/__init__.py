"""The engine of the checks: facts that are read once, the shape of a check, and its run."""
