"""One request and one answer, as the services see them."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from deployments.emulator.core import Emulator
from deployments.emulator.directory import Principal
from deployments.emulator.errors import bad_request
from deployments.emulator.http.bodies import FilePart

Vantage = Literal["virtual_network", "internet"]

PUBLIC_CALLER = "203.0.113.10"  # where public callers come from: one of the addresses kept for documentation
MAXIMUM_DEPTH = 64  # what .NET's JSON reader takes


async def _stay() -> None:
    """A request from inside the emulator has no connection to end."""


@dataclass(slots=True)
class Call:
    """A request. Header and query names are in lower case; `params` are the parts of the path's template."""

    emulator: Emulator
    method: str
    host: str
    path: str
    query: dict[str, str]
    headers: dict[str, str]
    body: bytes
    vantage: Vantage
    request_id: str
    params: dict[str, str] = field(default_factory=dict)
    principal: Principal | None = None
    remaining: dict[str, str] = field(default_factory=dict)
    """Headers with the number of requests that the limits still allow."""
    target: str = ""
    """The path and the query as they came, for those who pass a request on."""
    upload: Path | None = None
    """The file that holds the body instead, where it is long and the route takes files; it goes with the request."""
    hang_up: Callable[[], Awaitable[None]] = field(default=_stay)
    """Ends the connection without an answer."""

    @property
    def url(self) -> str:
        """The absolute address, without its query."""
        return f"https://{self.host}{self.path}"

    @property
    def api_version(self) -> str:
        return self.query.get("api-version", "")

    def json(self) -> dict[str, Any]:
        """The body as an object; empty where there is none.

        Raises:
            ArmError: 400, where the body is not a JSON object.
        """
        if not self.body:
            return {}
        try:
            found = _parsed(self.body)
        except (ValueError, RecursionError) as error:
            raise bad_request(
                "InvalidRequestContent", f"The request content was invalid and could not be deserialized: '{error}'."
            ) from error
        if not isinstance(found, dict):
            raise bad_request(
                "InvalidRequestContent",
                "The request content was invalid and could not be deserialized: 'an object is expected'.",
            )
        return found


def _parsed(body: bytes) -> Any:
    """Parse a document that any JSON client can read: no NaN, no lone surrogate, no excessive nesting."""
    found = json.loads(body, parse_constant=_refuse_constant)
    if b"\\ud" in body.lower():
        json.dumps(found, ensure_ascii=False).encode()
    if _is_deeper(found, MAXIMUM_DEPTH):
        raise ValueError(f"the depth exceeds {MAXIMUM_DEPTH}")
    return found


def _refuse_constant(word: str) -> float:
    raise ValueError(f"{word} is not valid JSON")


def _is_deeper(value: Any, levels: int) -> bool:
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return any(levels == 0 or _is_deeper(one, levels - 1) for one in inner)


@dataclass(slots=True)
class Answer:
    """An answer. A dict or list is sent as JSON, bytes, str and a part of a file as they are, None as no body."""

    status: int = 200
    body: dict[str, Any] | list[Any] | bytes | str | FilePart | None = None
    headers: dict[str, str] = field(default_factory=dict)

    def encoded(self) -> bytes:
        """Return the bytes that are sent from memory."""
        if self.body is None or isinstance(self.body, FilePart):
            return b""
        if isinstance(self.body, bytes):
            return self.body
        return self.body.encode() if isinstance(self.body, str) else json.dumps(self.body).encode()
