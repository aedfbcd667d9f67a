"""Requests, answers, pages and addresses, shared by both clients of the control plane."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal
from urllib.parse import urlsplit

from tasks.clients.transport.errors import refusal
from tasks.domain.common.errors import Origin, RequestRefused, ServiceUnavailable

Json = dict[str, Any]
Method = Literal["GET", "PUT", "PATCH", "POST", "DELETE"]


@dataclass(frozen=True)
class Call:
    """One request.

    Attributes:
        doing: The request in words, such as ``create endpoint churn``; errors begin with it.
        path: The ARM id to act on, or an absolute address that Azure returned.
        api_version: Of the resource provider; empty when the address already has one.
    """

    doing: str
    method: Method
    path: str
    api_version: str = ""
    body: Json | None = None

    def address(self, base: str, others: Collection[str] = ()) -> str:
        """Return the absolute address of the request.

        Args:
            base: The address of Azure Resource Manager, such as ``https://management.azure.com``.
            others: Further addresses that may receive a token.

        Raises:
            RequestRefused: When Azure's answer points to another host, or away from HTTPS: no token is sent there.
        """
        if self.path.startswith("/"):
            return base + self.path
        if not any(_is_at(self.path, one) for one in (base, *others)):
            raise RequestRefused(
                f"{self.doing}: Azure's answer points to {self.path.split('?')[0]}, which is not {base}",
                "The token is not sent to other hosts. Check the proxy between here and Azure.",
            )
        return self.path

    @property
    def params(self) -> dict[str, str] | None:
        """Query parameters that are not part of the path."""
        return {"api-version": self.api_version} if self.api_version else None


@dataclass(frozen=True)
class Answer:
    """One answer with a status below 400."""

    status: int
    headers: Mapping[str, str] = field(default_factory=dict)
    body: Json = field(default_factory=dict)


def answer_of(call: Call, status: int, headers: Mapping[str, str], text: str) -> Answer:
    """Read an answer.

    Raises:
        EndpointOpsError: For every status from 400 on.
        ServiceUnavailable: For an answer that is not a JSON object, such as a proxy's page, and for an empty one to a
            read of a resource or list.
    """
    body = _parsed(text)
    if status >= 400:
        raise refusal(call.doing, status, headers, body, call.path)
    if not isinstance(body, dict):
        raise unusable(call.doing, f"HTTP {status} with something else than a JSON object", headers)
    if not body and call.method == "GET" and call.path.startswith("/"):
        raise unusable(call.doing, "it is empty", headers)
    return Answer(status, headers, body)


def unusable(doing: str, why: str, headers: Mapping[str, str] | None = None) -> ServiceUnavailable:
    """Return the error for an answer that can't be Azure's, or is not whole: what is behind it is unknown."""
    origin = Origin(request_id=(headers or {}).get("x-ms-request-id", ""))
    return ServiceUnavailable(
        f"{doing}: the answer is not usable: {why}",
        "Try again. If the error persists, check what answers in Azure's place, such as a proxy.",
        origin,
    )


def page_of(doing: str, body: Json) -> tuple[list[Json], str]:
    """Return the items of one page of a list, and the address of the next page; empty on the last one.

    Raises:
        ServiceUnavailable: When it is not a page of a list: an empty list has an empty ``value``.
    """
    items = body.get("value")
    if not isinstance(items, list) or not all(isinstance(one, dict) for one in items):
        raise unusable(doing, "no list in it")
    return list(items), str(body.get("nextLink") or "")


def _is_at(address: str, base: str) -> bool:
    """Return whether an address has the base's scheme, host and port, and no user."""
    try:
        one, other = urlsplit(address), urlsplit(base)
        ports = one.port or 443, other.port or 443
    except ValueError:
        return False
    same = (one.scheme, one.hostname) == (other.scheme, other.hostname) and ports[0] == ports[1]
    return same and "@" not in one.netloc and "\\" not in address


def state_of(resource: Json | None) -> str:
    """Return the provisioning state of a resource; empty if it is absent or has none."""
    properties = (resource or {}).get("properties")
    return str(properties.get("provisioningState") or "") if isinstance(properties, dict) else ""


def state_due(doing: str, resource: Json) -> str:
    """Return the provisioning state of a resource that has one.

    Raises:
        ServiceUnavailable: Without one: what is behind the answer is unknown.
    """
    if not (state := state_of(resource)):
        raise unusable(doing, "the resource has no provisioning state")
    return state


def _parsed(text: str) -> object:
    try:
        return json.loads(text) if text else {}
    except (ValueError, RecursionError):
        return text
