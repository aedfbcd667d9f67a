"""ARM templates: their expressions, and the resources that they declare."""
