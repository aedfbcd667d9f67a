"""Findings, verdicts and reports of the scoring diagnostics."""
