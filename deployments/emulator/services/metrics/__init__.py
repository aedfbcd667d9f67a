"""Azure Monitor's metrics of online endpoints and online deployments."""
