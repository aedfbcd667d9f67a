"""What happens at online endpoints, kept as records of Azure Monitor's tables."""
