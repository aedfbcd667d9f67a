"""What a teardown would remove."""
