"""Steps of the scoring diagnostics."""
