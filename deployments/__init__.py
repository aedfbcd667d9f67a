"""What the flows run against, and the commands that set it up."""
