"""Runs the user's code and model in Azure's own inference server, one container for each online deployment."""
