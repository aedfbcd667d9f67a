"""Checks of the workspace and of the resources that it depends on: key vault, registry, build compute."""
