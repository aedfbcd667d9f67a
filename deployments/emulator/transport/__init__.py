"""Connections on loopback: the proxy, TLS certificates and HTTP."""
