"""One request, from its bytes to its handler and back."""
