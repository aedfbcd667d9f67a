"""Azure's control plane: one module per resource type, with its asynchronous sibling."""
