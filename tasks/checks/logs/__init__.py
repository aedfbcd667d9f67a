"""Checks of container logs and of Log Analytics."""
