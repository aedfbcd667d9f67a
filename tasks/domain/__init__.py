"""Plain values and rules: no I/O, nothing of Azure's SDKs, nothing of Prefect's."""
