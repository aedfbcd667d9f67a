"""Requests, answers, pages and addresses, shared by both clients of the control plane."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal
from urllib.parse import urlsplit

from tasks.clients.transport.errors import refusal
from tasks.domain.common.errors import RequestRefused

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
    """
    body = _parsed(text)
    if status >= 400:
        raise refusal(call.doing, status, headers, body, call.path)
    return Answer(status, headers, body if isinstance(body, dict) else {})


def page_of(body: Json) -> tuple[list[Json], str]:
    """Return the items of one page of a list, and the address of the next page; empty on the last one."""
    return list(body.get("value") or []), str(body.get("nextLink") or "")


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


def _parsed(text: str) -> object:
    try:
        return json.loads(text) if text else {}
    except (ValueError, RecursionError):
        return text
