"""An Azure on loopback: the real SDKs talk to it under Azure's real host names."""
