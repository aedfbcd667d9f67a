"""A thin client for Azure's control plane: send requests, and wait for long-running operations."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any, Final

from azure.core import PipelineClient
from azure.core.pipeline import policies
from azure.core.pipeline.transport import RequestsTransport
from azure.core.rest import HttpRequest, HttpResponse

from tasks.clients.transport.clouds import CloudAddresses
from tasks.clients.transport.credential import CONNECT_SECONDS, READ_SECONDS, Credential
from tasks.clients.transport.errors import refusal, retry_after, translated
from tasks.clients.transport.retrying import TemporaryRetryPolicy
from tasks.clients.transport.waiting import Pending, Waiting
from tasks.clients.transport.wire import Answer, Call, Json, answer_of, page_of, state_due, state_of, unusable
from tasks.domain.azure.classification import NOT_YET_SECONDS
from tasks.domain.azure.provisioning import has_failed, is_settled
from tasks.domain.common import errors

_RECHECK_SECONDS: Final = 1.0
_PORTAL: Final = "Check the resource and its activity log in the Azure portal. Run again to resume waiting."


class Arm:
    """Requests to Azure Resource Manager with one credential.

    azure-core retries GET, PUT and DELETE after 429, 5xx and broken connections. A resource that this client wrote
    counts as absent only after two minutes without it: Azure's reads lag behind its writes.
    """

    def __init__(self, addresses: CloudAddresses, credential: Credential, waiting: Waiting) -> None:
        self._base = addresses.resource_manager
        self._waiting = waiting
        self._credential = credential
        self._written: dict[str, float] = {}
        chain: list[Any] = [
            policies.RequestIdPolicy(),
            policies.HeadersPolicy({"Accept": "application/json"}),
            policies.UserAgentPolicy(sdk_moniker="azureml-endpoint-ops"),
            TemporaryRetryPolicy(),
            policies.BearerTokenCredentialPolicy(credential, f"{self._base}/.default"),
        ]
        transport = RequestsTransport(connection_timeout=CONNECT_SECONDS, read_timeout=READ_SECONDS)
        self._client: PipelineClient[HttpRequest, HttpResponse] = PipelineClient(
            self._base, policies=chain, transport=transport
        )

    def close(self) -> None:
        """Close the connections."""
        self._client.close()

    def send(self, call: Call) -> Answer:
        """Send one request, without waiting for the operation that it starts.

        A token that Azure calls expired is fetched anew, once.

        Raises:
            EndpointOpsError: For every status of 400 or above, and without a usable response.
        """
        try:
            answer = self._exchange(call)
        except errors.TokenExpired:
            self._credential.renew()
            answer = self._exchange(call)
        if call.method == "PUT":
            self._written[call.path.lower()] = self._waiting.clock.seconds()
        elif call.method == "DELETE":
            self._written.pop(call.path.lower(), None)
        return answer

    def _exchange(self, call: Call) -> Answer:
        request = HttpRequest(call.method, call.address(self._base), params=call.params, json=call.body)
        with translated(call.doing):
            response = self._client.send_request(request)
            text = response.text()
        return answer_of(call, response.status_code, response.headers, text)

    def read(self, doing: str, path: str, api_version: str, *, expected: bool = False) -> Json:
        """Read a resource.

        Args:
            doing: The request in words.
            path: The resource's id, or the address of a page.
            api_version: Of the resource provider.
            expected: The resource is known to exist: it is absent only if it is so on a recheck, too.

        Raises:
            NotFound: When the resource or its parent does not exist.
            NotYet: When this client wrote it, and Azure has not shown it for two minutes.
            ServiceUnavailable: When the answer is not a resource.
        """
        call = Call(doing, "GET", path, api_version)
        try:
            return self.send(call).body
        except errors.NotFound:
            if self._wrote(path):
                return self._waiting.shown(doing, lambda: self.send(call).body)
            if not expected:
                raise
        self._waiting.clock.sleep(_RECHECK_SECONDS)
        return self.send(call).body

    def _wrote(self, path: str) -> bool:
        at = self._written.get(path.lower())
        return at is not None and self._waiting.clock.seconds() - at < NOT_YET_SECONDS

    def find(self, doing: str, path: str, api_version: str, *, expected: bool = False) -> Json | None:
        """Read a resource; None if it is absent."""
        try:
            return self.read(doing, path, api_version, expected=expected)
        except errors.NotFound as error:
            if error.origin.code.lower() == "subscriptionnotfound":
                raise
            return None

    def read_all(self, doing: str, path: str, api_version: str, *, expected: bool = False) -> list[Json]:
        """Read all pages of a list."""
        found, link = page_of(doing, self.read(doing, path, api_version, expected=expected))
        while link:
            more, link = page_of(doing, self.read(doing, link, ""))
            found += more
        return found

    def run(self, call: Call, *, limit_seconds: float) -> Json:
        """Send a request and wait for the operation that it starts.

        Returns:
            The updated resource for PUT and PATCH, else the operation's result.

        Raises:
            ProvisioningFailed: With Azure's reason, or a more specific error where the reason is known.
            WaitTimedOut: When the limit passes.
        """
        answer = self.send(call)
        followed = self._follow(call, answer, limit_seconds)
        if call.method in {"PUT", "PATCH"} and (followed is not answer or not answer.body):
            return self.read(call.doing, call.path, call.api_version)
        return followed.body

    def settle(
        self, what: str, path: str, api_version: str, *, limit_seconds: float, expected: bool = False
    ) -> Json | None:
        """Wait until no operation runs on a resource, and return it; None if it is absent or was deleted.

        With ``expected``, it is absent only if it is so on a recheck, too.
        """

        def observe() -> Json | Pending | None:
            body = self.find(f"read {what}", path, api_version, expected=expected)
            if body is None:
                return None
            state = state_due(f"read {what}", body)
            return body if is_settled(state) else Pending(f"another operation: {state}")

        return self._waiting.until(what, observe, limit_seconds=limit_seconds, where=_PORTAL)

    def _follow(self, call: Call, answer: Answer, limit_seconds: float) -> Answer:
        headers = {name.lower(): value for name, value in answer.headers.items()}
        state_in: Callable[[Answer], str]
        if operation := headers.get("azure-asyncoperation"):
            poll, state_in = Call(call.doing, "GET", operation), partial(_operation_state, call.doing)
        elif answer.status == 202 and (location := headers.get("location")):
            poll, state_in = Call(call.doing, "GET", location), _location_state
        elif call.method in {"PUT", "PATCH"} and not is_settled(state_of(answer.body)):
            poll, state_in = Call(call.doing, "GET", call.path, call.api_version), partial(_resource_state, call.doing)
        else:
            return _unless_failed(call, answer, lambda final: state_of(final.body))

        def observe() -> Answer | Pending:
            polled = self.send(poll)
            state = state_in(polled)
            return polled if is_settled(state) else Pending(state.lower(), retry_after(polled.headers))

        accepted = Pending("accepted", retry_after(answer.headers))
        done = self._waiting.until(
            call.doing, self._waiting.lagging(observe), limit_seconds=limit_seconds, where=_PORTAL, first=accepted
        )
        return _unless_failed(call, done, state_in)


def _resource_state(doing: str, answer: Answer) -> str:
    return state_due(doing, answer.body)


def _operation_state(doing: str, answer: Answer) -> str:
    if not (state := str(answer.body.get("status") or "")):
        raise unusable(doing, "the operation has no status", answer.headers)
    return state


def _location_state(answer: Answer) -> str:
    return "running" if answer.status == 202 else "succeeded"


def _unless_failed(call: Call, answer: Answer, state_in: Callable[[Answer], str]) -> Answer:
    if has_failed(state_in(answer)):
        raise refusal(call.doing, None, answer.headers, answer.body, call.path)
    return answer
