"""Online endpoints and their online deployments."""
