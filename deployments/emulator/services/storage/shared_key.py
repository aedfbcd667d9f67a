"""Requests signed with an account's key (docs: rest/api/storageservices/authorize-with-shared-key)."""

from __future__ import annotations

import base64
import hashlib
import hmac
from urllib.parse import unquote

from deployments.emulator.core import Emulator
from deployments.emulator.http.call import Call
from deployments.emulator.services.storage import accounts
from deployments.emulator.services.storage.refusals import StorageError, not_authenticated

SIGNED_HEADERS = (
    *("content-encoding", "content-language", "content-length", "content-md5", "content-type", "date"),
    *("if-modified-since", "if-match", "if-none-match", "if-unmodified-since", "range"),
)


def check(call: Call, account: str) -> None:
    """Admit a request that one of the account's keys has signed.

    Raises:
        StorageError: 403, where none has, or where the account takes no keys.
    """
    require_allowed(call.emulator, account)
    named, _, given = call.headers["authorization"].removeprefix("SharedKey ").partition(":")
    text = _signed_text(call, account)
    keys = accounts.known_keys(call.emulator, account) or ()
    if named != account or not any(hmac.compare_digest(given.encode(), _signature(key, text)) for key in keys):
        raise not_authenticated("The MAC signature found in the HTTP request is not the same as any computed one.")


def require_allowed(emulator: Emulator, account: str) -> None:
    """Require that the account accepts its keys, and what they have signed.

    Raises:
        StorageError: 403 KeyBasedAuthenticationNotPermitted.
    """
    if not accounts.takes_keys(emulator, account):
        message = "Key based authentication is not permitted on this storage account."
        raise StorageError(403, "KeyBasedAuthenticationNotPermitted", message)


def _signed_text(call: Call, account: str) -> str:
    headers = call.headers | ({"content-length": ""} if call.headers.get("content-length") == "0" else {})
    own = sorted((name for name in call.headers if name.startswith("x-ms-")), key=lambda name: name.replace("-", ""))
    path, _, query = call.target.partition("?")
    parts = sorted(part.partition("=")[::2] for part in query.split("&") if part)
    lines = [call.method, *(headers.get(name, "") for name in SIGNED_HEADERS)]
    lines += [f"{name}:{call.headers[name]}" for name in own]
    lines.append(f"/{account}{path}")
    return "\n".join(lines + [f"{name.lower()}:{unquote(value)}" for name, value in parts])


def _signature(key: str, text: str) -> bytes:
    return base64.b64encode(hmac.new(base64.b64decode(key), text.encode(), hashlib.sha256).digest())
