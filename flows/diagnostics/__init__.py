"""One run of the diagnostics flow."""
