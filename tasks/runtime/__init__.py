"""What steps share: opened clients, blocks, retry policy, results, progress, artifacts, Prefect's API."""
