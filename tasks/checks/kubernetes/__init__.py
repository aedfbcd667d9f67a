"""Checks of endpoints in a Kubernetes cluster."""
