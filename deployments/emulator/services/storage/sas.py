"""Shared access signatures of blobs and queues: made here, and checked."""

from __future__ import annotations

import base64
import hashlib
import hmac
from datetime import UTC, datetime
from urllib.parse import urlencode

from deployments.emulator.core import Emulator
from deployments.emulator.http.call import Call
from deployments.emulator.services.storage import accounts, shared_key
from deployments.emulator.services.storage.refusals import StorageError, not_authenticated

VERSION = "2022-11-02"
OLDEST_VERSION = "2020-12-06"
SIGNED_FIELDS = ("si", "sip", "spr", "sv", "sr", "snapshot", "ses", "rscc", "rscd", "rsce", "rscl", "rsct")
QUEUE_FIELDS = ("si", "sip", "spr", "sv")
AUDIENCES = ("https://storage.azure.com",)


def container_token(emulator: Emulator, account: str, container: str, permissions: str, seconds: float) -> str:
    """Return a query string that admits its bearer to one container, with these permissions (letters), for a time."""
    now = emulator.clock.now()
    query = {"sv": VERSION, "sr": "c", "sp": permissions, "spr": "https"}
    query |= {"st": _written(now - 600), "se": _written(now + seconds)}
    key, _ = accounts.keys_of(emulator, account)
    return urlencode(query | {"sig": _signature(key, query, f"/blob/{account}/{container}")})


def check(call: Call, account: str, container: str, blob: str, permission: str) -> None:
    """Admit a request to the blob service: with a signature, or with a token of a principal that may write here.

    Raises:
        StorageError: 403, where the signature is missing, wrong, expired or lacks the permission.
    """
    if call.headers.get("authorization", "").startswith("Bearer "):
        call.principal = call.emulator.directory.authenticate(call.headers["authorization"], AUDIENCES)
        return
    if "sig" not in call.query:
        raise not_authenticated("Neither a shared access signature nor a bearer token came with the request.")
    _check_blob_signature(call, account, container, blob)
    _check_time(call)
    if permission not in call.query.get("sp", ""):
        raise _not_permitted()


def check_queue(call: Call, account: str, queue: str, permission: str) -> None:
    """Admit a request to the queue service, which accepts the account's key, too; without permission, no signature.

    Raises:
        StorageError: 403, as above.
    """
    authorization = call.headers.get("authorization", "")
    if authorization.startswith("SharedKey "):
        shared_key.check(call, account)
    elif authorization.startswith("Bearer ") or "sig" not in call.query:
        check(call, account, "", "", permission)
    else:
        _check_signature(call, account, f"/queue/{account}/{queue}", QUEUE_FIELDS)
        _check_time(call)
        if not permission or permission not in call.query.get("sp", ""):
            raise _not_permitted()


def _check_blob_signature(call: Call, account: str, container: str, blob: str) -> None:
    resources = {"c": f"/blob/{account}/{container}", "b": f"/blob/{account}/{container}/{blob}"}
    _check_signature(call, account, resources.get(call.query.get("sr", "")), SIGNED_FIELDS)


def _check_signature(call: Call, account: str, resource: str | None, fields: tuple[str, ...]) -> None:
    if resource is None or call.query.get("sv", "") < OLDEST_VERSION or "skoid" in call.query:
        raise not_authenticated(
            "The emulator checks service signatures of containers, blobs and queues, version 2020-12-06 or later."
        )
    keys = accounts.known_keys(call.emulator, account) or ()
    given = call.query["sig"].encode()
    if not any(hmac.compare_digest(given, _signature(key, call.query, resource, fields).encode()) for key in keys):
        raise not_authenticated("Signature did not match.")


def _not_permitted() -> StorageError:
    return StorageError(
        403,
        "AuthorizationPermissionMismatch",
        "This request is not authorized to perform this operation using this permission.",
    )


def _check_time(call: Call) -> None:
    now, start, end = call.emulator.clock.now(), call.query.get("st", ""), call.query.get("se", "")
    if not end or now > _read(end) or (start and now < _read(start)):
        raise not_authenticated(
            "Signature not valid in the specified time frame: "
            f"Start [{start}] - Expiry [{end}] - Current [{_written(now)}]"
        )


def _signature(key: str, query: dict[str, str], resource: str, signed: tuple[str, ...] = SIGNED_FIELDS) -> str:
    """The signature over what a service SAS signs (docs: rest/api/storageservices/create-service-sas)."""
    fields = [query.get("sp", ""), query.get("st", ""), query.get("se", ""), resource]
    fields += [query.get(name, "") for name in signed]
    digest = hmac.new(base64.b64decode(key), "\n".join(fields).encode(), hashlib.sha256).digest()
    return base64.b64encode(digest).decode()


def _written(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _read(text: str) -> float:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as error:
        raise not_authenticated(f"'{text}' is not a time.") from error
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()
