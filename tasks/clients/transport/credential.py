"""The azure-identity credential that all clients share."""

from __future__ import annotations

from typing import Any

from azure.identity import ClientSecretCredential, DefaultAzureCredential, WorkloadIdentityCredential

from tasks.clients.transport.arm import CONNECT_SECONDS, READ_SECONDS
from tasks.clients.transport.clouds import CloudAddresses
from tasks.domain.common.errors import AuthenticationFailed
from tasks.domain.common.login import MACHINE, Login, MachineLogin, SecretLogin, WorkloadLogin

Credential = DefaultAzureCredential | WorkloadIdentityCredential | ClientSecretCredential


def credential_for(addresses: CloudAddresses, login: Login = MACHINE) -> Credential:
    """Return the credential for one cloud, to be closed by the caller. Sends no request before the first token.

    Raises:
        AuthenticationFailed: When the environment lacks a value that the login needs.
    """
    common: dict[str, Any] = {
        "authority": addresses.authority,
        "connection_timeout": CONNECT_SECONDS,
        "read_timeout": READ_SECONDS,
    }
    match login:
        case MachineLogin():
            named = {"managed_identity_client_id": login.client_id} if login.client_id else {}
            return DefaultAzureCredential(**named, **common)
        case WorkloadLogin():
            return _workload(login, common)
        case SecretLogin():
            secret = login.client_secret.get_secret_value()
            return ClientSecretCredential(login.tenant_id, login.client_id, secret, **common)


def _workload(login: WorkloadLogin, common: dict[str, Any]) -> WorkloadIdentityCredential:
    given = {"tenant_id": login.tenant_id, "client_id": login.client_id}
    try:
        return WorkloadIdentityCredential(**{name: one for name, one in given.items() if one}, **common)
    except ValueError as error:
        raise AuthenticationFailed(
            f"workload identity is not available here: {error}",
            "Run where Azure's workload identity webhook sets AZURE_FEDERATED_TOKEN_FILE, or set tenant and client.",
        ) from error
