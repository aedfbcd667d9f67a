"""Azure's control plane: one module per resource type, its asynchronous sibling beside it."""
