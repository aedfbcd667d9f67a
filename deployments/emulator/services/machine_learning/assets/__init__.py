"""Code, models, environments and data of a workspace."""
