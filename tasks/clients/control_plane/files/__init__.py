"""A team's own files: definitions in YAML, and what is uploaded."""
