"""Workspaces, and what belongs to each of them."""
