"""Every request and answer, one JSON line each, without secrets."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from deployments.emulator.http.call import Answer, Call

REDACTED = "REDACTED"
SECRET_NAMES = re.compile(
    r"^(access_?token|refresh_?token|id_?token|client_?secret|client_?assertion|password|primary_?key|secondary_?key|key_?value|account_?key|"
    r"sas_?uri|sas_?token|connection_?string|(app_?insights_?)?instrumentation_?key|(primary|secondary)_?(shared|access)_?key|"
    r"user_?storage_?key|sig|authorization)$",
    re.IGNORECASE,
)
LISTS_OF_KEYS = re.compile(r"/list(keys|secrets|accountsas|servicesas|credentials)$", re.IGNORECASE)
FILES = re.compile(r"\.blob\.core\.windows\.net$")
BEARER_OR_SAS = re.compile(r"(sig=)[^&\"\s]+|(AccountKey=)[^;\"\s]+|eyJ[\w-]+\.[\w-]+\.[\w-]*")


class Journal:
    """A file of exchanges, in the order of their answers."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self._out = file.open("a", encoding="utf-8", buffering=1)

    def write(self, call: Call, answer: Answer, seconds: float) -> None:
        """Note one exchange; bodies that are not JSON, and users' files, are noted as null."""
        line = {
            "time": call.emulator.clock.timestamp(),
            "method": call.method,
            "url": _address(call),
            "status": answer.status,
            "request": _document(call.body, call),
            "response": _document(answer.encoded(), call),
            "vantage": call.vantage,
            "principal": call.principal.client_id if call.principal else None,
            "request_id": call.request_id,
            "milliseconds": round(seconds * 1000, 2),
        }
        self._out.write(json.dumps(line) + "\n")

    def read(self) -> bytes:
        """All lines so far."""
        return self._file.read_bytes()

    def clear(self) -> None:
        self._out.truncate(0)

    def close(self) -> None:
        self._out.close()


def _address(call: Call) -> str:
    query = {name: REDACTED if SECRET_NAMES.match(name) else value for name, value in call.query.items()}
    return call.url + (f"?{urlencode(query)}" if query else "")


def _document(body: bytes, call: Call) -> Any:
    if not body or body[:1] not in b'{["' or FILES.search(call.host):
        return None
    try:
        return redact(json.loads(body), keys=bool(LISTS_OF_KEYS.search(call.path)))
    except (ValueError, RecursionError):  # nested without end
        return None


def redact(value: Any, *, keys: bool = False) -> Any:
    """The document with every secret replaced; `keys`: it is a list of keys, so `key` and `value` are secret too."""
    if isinstance(value, dict):
        return {name: _field(name, inner, keys=keys) for name, inner in value.items()}
    if isinstance(value, list):
        return [redact(inner, keys=keys) for inner in value]
    if isinstance(value, str):
        return BEARER_OR_SAS.sub(lambda found: (found[1] or found[2] or "") + REDACTED, value)
    return value


def _field(name: str, value: Any, *, keys: bool) -> Any:
    if isinstance(value, str) and _secret(name, keys=keys):
        return REDACTED
    return redact(value, keys=keys or name.lower() == "secrets")


def _secret(name: str, *, keys: bool) -> bool:
    return bool(SECRET_NAMES.match(name)) or (keys and name.lower() in ("key", "value"))
