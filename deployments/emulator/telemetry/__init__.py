"""Events, output and requests of online endpoints, kept as records of Azure Monitor's tables."""
