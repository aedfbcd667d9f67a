"""Azure's nouns: what is asked for, what Azure shows, and the rules between them."""
