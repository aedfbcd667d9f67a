"""Scoring calls, with headers per request and a time limit.

The SDK's ``invoke`` is not used: it shares its headers across the process, so that after one call to a named online
deployment every later call goes there too, and it returns neither the response's headers nor its status.
"""

from __future__ import annotations

import re
import time
import uuid
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from azure.core.credentials import TokenCredential
from azure.core.pipeline.transport import RequestsTransport
from azure.core.rest import HttpRequest, HttpResponse

from tasks.clients.control_plane.endpoints import ENDPOINT_API
from tasks.clients.transport.arm import Arm
from tasks.clients.transport.clouds import CloudAddresses
from tasks.clients.transport.credential import CONNECT_SECONDS
from tasks.clients.transport.errors import translated
from tasks.clients.transport.wire import Call, unusable
from tasks.domain.azure.endpoint import Endpoint
from tasks.domain.azure.networking.isolation import OutsideCall
from tasks.domain.azure.request_content import answer_text, content_of, request_text
from tasks.domain.azure.scoring import BODY_EXCERPT_CHARS, ScoringAnswer, WholeAnswer, outcome_of
from tasks.domain.common import errors
from tasks.domain.common.secret_shapes import STARS
from tasks.domain.common.target import AzureTarget
from tasks.domain.diagnostics.probe import SCORING_AGENT

_OUTSIDE_SECONDS: Final = 30
_HEADER_CHARS: Final = 300


class Scoring:
    """Calls to scoring addresses. Keys and tokens never leave this class."""

    def __init__(self, target: AzureTarget, arm: Arm, addresses: CloudAddresses, credential: TokenCredential) -> None:
        self._target = target
        self._arm = arm
        self._addresses = addresses
        self._credential = credential
        self._secrets: dict[str, str] = {}
        self.agent = SCORING_AGENT  # the calls' User-Agent in the endpoint's traffic log
        # Uses HTTPS_PROXY and REQUESTS_CA_BUNDLE, as requests does.
        self._transport = RequestsTransport()

    def close(self) -> None:
        """Close the connections."""
        self._transport.close()

    def load_request(self, file: str) -> str:
        """Return the text of a request file: JSON, or a data URL of other content, such as a picture.

        Raises:
            InvalidSpec: When it is missing, or not valid JSON and not known by its name or first bytes.
        """
        try:
            return request_text(file, Path(file).read_bytes())
        except OSError as error:
            raise errors.InvalidSpec(f"request file {file} can't be read: {error}", "Correct the path.") from error
        except UnicodeDecodeError as error:
            raise errors.InvalidSpec(f"request file {file} can't be read: {error}", "Save it as UTF-8.") from error
        except (ValueError, RecursionError) as error:
            problem = "it is nested too deeply" if isinstance(error, RecursionError) else error
            raise errors.InvalidSpec(
                f"request file {file} is not valid JSON: {problem}", "Correct the file."
            ) from error

    def score(
        self,
        endpoint: Endpoint,
        request: str,
        *,
        online_deployment: str | None = None,
        timeout_seconds: float = 90,
    ) -> ScoringAnswer:
        """Send one scoring request. Returns every HTTP response, also one with an error status.

        Args:
            endpoint: The endpoint, with its scoring address and auth mode.
            request: JSON text, sent unchanged; or a data URL, whose content is sent with its type.
            online_deployment: The online deployment to call, bypassing the traffic map (such calls are never mirrored).
            timeout_seconds: The time limit of the response; the connection has a maximum of 20 s.

        Raises:
            Unreachable: When no response arrived.
        """
        return self.score_whole(
            endpoint, request, online_deployment=online_deployment, timeout_seconds=timeout_seconds
        ).answer

    def score_whole(
        self, endpoint: Endpoint, request: str, *, online_deployment: str | None = None, timeout_seconds: float = 90
    ) -> WholeAnswer:
        """Send one scoring request as `score` does, and return the whole text too, to compare it."""
        answer = self._post(endpoint, request, online_deployment, timeout_seconds)
        if answer.answer.status == 401 and endpoint.id in self._secrets:
            del self._secrets[endpoint.id]  # it may have been rotated since it was fetched
            answer = self._post(endpoint, request, online_deployment, timeout_seconds)
        return answer

    def call_from_internet(self, endpoint: Endpoint, request: str) -> OutsideCall | None:
        """Send a scoring request from the internet, with valid credentials.

        Without a response, another Azure host is called over the same proxy, so that a broken proxy is not mistaken
        for isolation.

        Returns:
            None when the target names no ``internet_proxy``.
        """
        proxy = self._target.internet_proxy
        if proxy is None:
            return None
        try:
            return OutsideCall(answer=self._post(endpoint, request, None, _OUTSIDE_SECONDS, proxy).answer)
        except errors.Unreachable as error:
            return OutsideCall(failure=error.message, proxy_works=self._reaches_azure(proxy))

    def check_internet_proxy(self) -> None:
        """Check that the target's ``internet_proxy``, if set, reaches Azure.

        Raises:
            Unreachable: When it does not, so that it could not prove isolation later.
        """
        proxy = self._target.internet_proxy
        if proxy and not self._reaches_azure(proxy):
            raise errors.Unreachable(
                f"the target's internet_proxy {proxy} does not reach {self._addresses.authority}",
                "Start the proxy or correct its address; leave it empty to skip the check from the internet.",
            )

    def _post(
        self, endpoint: Endpoint, request: str, deployment: str | None, seconds: float, proxy: str | None = None
    ) -> WholeAnswer:
        kind, content = content_of(request)
        secret = self._secret(endpoint)
        headers = {
            "Content-Type": kind,
            "User-Agent": self.agent,
            "Authorization": f"Bearer {secret}",
            "x-ms-client-request-id": (ours := str(uuid.uuid4())),
        }
        if deployment:
            headers["azureml-model-deployment"] = deployment
        sent = HttpRequest("POST", endpoint.scoring_uri, headers=headers, content=content)
        started = time.perf_counter()
        response = self._send(f"score with endpoint {endpoint.name}", sent, seconds, proxy)
        spent = time.perf_counter() - started
        text = without_secret(answer_text(response.headers.get("Content-Type", ""), response.content), secret)
        answer = as_answer(response.status_code, response.headers, text, spent, client_request_id=ours)
        return WholeAnswer(answer, text)

    def _send(self, doing: str, request: HttpRequest, seconds: float, proxy: str | None) -> HttpResponse:
        proxies = {"https": proxy, "http": proxy} if proxy else None
        with translated(doing):
            response: HttpResponse = self._transport.send(
                request, proxies=proxies, connection_timeout=CONNECT_SECONDS, read_timeout=seconds
            )
            response.read()
        return response

    def _reaches_azure(self, proxy: str) -> bool:
        address = f"{self._addresses.authority}/common/v2.0/.well-known/openid-configuration"
        try:
            self._send("check the internet proxy", HttpRequest("GET", address), _OUTSIDE_SECONDS, proxy)
        except errors.Unreachable:
            return False
        return True

    def _secret(self, endpoint: Endpoint) -> str:
        if endpoint.id not in self._secrets:
            self._secrets[endpoint.id] = self._fetch_secret(endpoint)
        return self._secrets[endpoint.id]

    def _fetch_secret(self, endpoint: Endpoint) -> str:
        if endpoint.auth_mode == "aad_token":
            with translated(f"get a token for endpoint {endpoint.name}"):
                return self._credential.get_token(self._addresses.scoring_scope).token
        action, name = ("listKeys", "primaryKey") if endpoint.auth_mode == "key" else ("token", "accessToken")
        doing = f"get the credentials of endpoint {endpoint.name}"
        answer = self._arm.send(Call(doing, "POST", f"{endpoint.id}/{action}", ENDPOINT_API))
        if not (secret := answer.body.get(name)):
            raise unusable(doing, f"no {name} in it", answer.headers)
        return str(secret)


def without_secret(text: str, secret: str) -> str:
    """Return the answer of a model without the key or token that it was called with, which some models echo."""
    return text.replace(secret, STARS) if secret else text


def as_answer(
    status: int, headers: Mapping[str, str], text: str, seconds: float, *, client_request_id: str = ""
) -> ScoringAnswer:
    """Return the value for a scoring host's response; without a request id in it, with the client's own."""
    code = headers.get("ms-azureml-model-error-statuscode", "")
    return ScoringAnswer(
        status=status,
        outcome=outcome_of(status, text),
        body=text[:BODY_EXCERPT_CHARS],
        latency_seconds=seconds,
        request_id=headers.get("x-request-id", "")[:_HEADER_CHARS] or client_request_id,
        deployment=headers.get("azureml-model-deployment", "")[:_HEADER_CHARS],
        model_error_status=int(code) if re.fullmatch(r"[1-9]\d\d", code, re.ASCII) else None,
        model_error_reason=headers.get("ms-azureml-model-error-reason", "")[:_HEADER_CHARS],
    )
