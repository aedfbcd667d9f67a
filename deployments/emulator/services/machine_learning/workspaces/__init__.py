"""Workspaces with their datastores, keys and diagnosis."""
