"""Checks of the endpoint itself: provisioning, online deployments, traffic."""
