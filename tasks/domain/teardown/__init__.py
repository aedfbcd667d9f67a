"""The plan of a teardown."""
