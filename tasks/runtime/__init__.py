"""Modules shared by all steps: clients, blocks, retry policy, results, progress, artifacts, Prefect's API."""
