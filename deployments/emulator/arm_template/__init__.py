"""ARM templates: their expressions, and what resources they come to."""
