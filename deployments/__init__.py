"""What the flows run against, and when."""
