"""The azure-identity credential that all clients share."""

from __future__ import annotations

from collections.abc import Callable
from types import TracebackType
from typing import Any, Final, Self

from azure.core.credentials import AccessToken
from azure.core.exceptions import ClientAuthenticationError
from azure.core.pipeline import PipelineResponse
from azure.identity import ClientSecretCredential, DefaultAzureCredential, WorkloadIdentityCredential

from tasks.clients.transport.clouds import CloudAddresses
from tasks.domain.common.errors import AuthenticationFailed
from tasks.domain.common.login import MACHINE, Login, MachineLogin, SecretLogin, WorkloadLogin

CONNECT_SECONDS: Final = 20
READ_SECONDS: Final = 60
SdkCredential = DefaultAzureCredential | WorkloadIdentityCredential | ClientSecretCredential
ResponseHook = Callable[[PipelineResponse[Any, Any]], None]


class Credential:
    """A credential of azure-identity that can forget its tokens, and that keeps the token service's last answer.

    azure-identity returns a token from its memory as long as that looks valid here, also when Azure calls it expired,
    and its DefaultAzureCredential turns every failure into a bare text, also an outage of the token service.
    """

    def __init__(self, make: Callable[[ResponseHook], SdkCredential]) -> None:
        self._make = make
        self._last: Any = None
        self._inner = make(self._remember)

    def get_token(self, *scopes: str, **options: Any) -> AccessToken:
        """Return an access token.

        Raises:
            ClientAuthenticationError: Without one; with the token service's answer, where one came.
        """
        self._last = None
        try:
            return self._inner.get_token(*scopes, **options)
        except ClientAuthenticationError as error:
            error.response = error.response or self._last
            self.renew()  # it would repeat an outage from its memory for a minute
            raise

    def renew(self) -> None:
        """Forget all tokens: the next one comes from the token service."""
        self._inner.close()
        self._inner = self._make(self._remember)

    def close(self) -> None:
        """Close the connections."""
        self._inner.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _remember(self, response: PipelineResponse[Any, Any]) -> None:
        if response.http_response.status_code >= 400:
            self._last = response.http_response


def credential_for(addresses: CloudAddresses, login: Login = MACHINE) -> Credential:
    """Return the credential for one cloud, to be closed by the caller. Sends no request before the first token.

    Raises:
        AuthenticationFailed: When the environment lacks a value that the login needs.
    """

    def make(hook: ResponseHook) -> SdkCredential:
        common: dict[str, Any] = {
            "authority": addresses.authority,
            "connection_timeout": CONNECT_SECONDS,
            "read_timeout": READ_SECONDS,
            "raw_response_hook": hook,
        }
        return _credential(login, common)

    return Credential(make)


def _credential(login: Login, common: dict[str, Any]) -> SdkCredential:
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
