"""Checks of a scoring call: connection, certificate, credentials, answer, latency, isolation from the internet."""
