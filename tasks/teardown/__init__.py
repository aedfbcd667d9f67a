"""Steps that remove what the lifecycle made."""
