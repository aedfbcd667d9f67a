"""The lifecycle's report."""
