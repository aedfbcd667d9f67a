"""The report of the lifecycle flow."""
