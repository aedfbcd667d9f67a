"""The only package that calls Azure. Start with ``connect.connect``."""
