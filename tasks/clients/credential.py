"""The identity that all clients use: azure-identity's default chain, from the environment."""

from __future__ import annotations

from azure.identity import DefaultAzureCredential

from tasks.clients.arm import CONNECT_SECONDS, READ_SECONDS
from tasks.clients.clouds import CloudAddresses


def credential_for(addresses: CloudAddresses) -> DefaultAzureCredential:
    """The credential for one cloud. Costs no request before the first token, and is to be closed."""
    return DefaultAzureCredential(
        authority=addresses.authority, connection_timeout=CONNECT_SECONDS, read_timeout=READ_SECONDS
    )
