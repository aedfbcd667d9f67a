"""What all checks share: facts that are looked at once, the shape of a check, and how checks are run."""
