"""Shared access signatures of blobs and queues: made here, and checked."""

from __future__ import annotations

import base64
import hashlib
import hmac
import uuid
from datetime import UTC, datetime
from urllib.parse import urlencode

from deployments.emulator.core import Emulator
from deployments.emulator.directory import Principal
from deployments.emulator.errors import ArmError
from deployments.emulator.http import access
from deployments.emulator.http.call import Call
from deployments.emulator.services.storage import accounts, shared_key
from deployments.emulator.services.storage.refusals import StorageError, not_authenticated

VERSION = "2022-11-02"
OLDEST_VERSION = "2020-12-06"
SIGNED_FIELDS = ("si", "sip", "spr", "sv", "sr", "snapshot", "ses", "rscc", "rscd", "rsce", "rscl", "rsct")
QUEUE_FIELDS = ("si", "sip", "spr", "sv")
DELEGATED_FIELDS = ("skoid", "sktid", "skt", "ske", "sks", "skv", "saoid", "suoid", "scid")
AUDIENCES = ("https://storage.azure.com",)
CONTAINERS = "Microsoft.Storage/storageAccounts/blobServices/containers"
VERBS = {"r": "read", "l": "read", "w": "write", "d": "delete"}


def container_token(emulator: Emulator, account: str, container: str, permissions: str, seconds: float) -> str:
    """Return a query string that admits its bearer to one container, with these permissions (letters), for a time.

    An account's key signs it, also where the account takes no keys: its services refuse it then.
    """
    query = _container_query(emulator, permissions, seconds)
    key, _ = accounts.keys_of(emulator, account)
    return urlencode(query | {"sig": _signature(key, query, f"/blob/{account}/{container}")})


def delegated_token(emulator: Emulator, account: str, container: str, permissions: str, seconds: float) -> str:
    """Return the same as a user delegation signature, which needs no key of the account (assumed: by Azure ML)."""
    query = _container_query(emulator, permissions, seconds)
    query |= {"skoid": str(uuid.uuid4()), "sktid": emulator.directory.tenant_id, "sks": "b", "skv": VERSION}
    query |= {"skt": query["st"], "ske": query["se"]}
    key = _delegation_key(emulator, account)
    return urlencode(query | {"sig": _signature(key, query, f"/blob/{account}/{container}", _delegated(SIGNED_FIELDS))})


def _container_query(emulator: Emulator, permissions: str, seconds: float) -> dict[str, str]:
    now = emulator.clock.now()
    query = {"sv": VERSION, "sr": "c", "sp": permissions, "spr": "https"}
    return query | {"st": _written(now - 600), "se": _written(now + seconds)}


def _delegated(fields: tuple[str, ...]) -> tuple[str, ...]:
    """Return what a user delegation signature signs: the same without a stored policy, with the key's own fields."""
    return (*DELEGATED_FIELDS, *fields[1:])


def _delegation_key(emulator: Emulator, account: str) -> str:
    first, _ = accounts.keys_of(emulator, account)
    return base64.b64encode(hmac.new(base64.b64decode(first), b"user delegation", hashlib.sha256).digest()).decode()


def check(call: Call, account: str, container: str, blob: str, permission: str) -> None:
    """Admit a request to the blob service: with a signature, or with a token of a principal that has a data role.

    Raises:
        StorageError: 403, where the signature or token is missing, wrong, expired or lacks the permission, and where
            the account's key signed it and the account takes no keys.
    """
    if call.headers.get("authorization", "").startswith("Bearer "):
        _check_rights(call, _authenticated(call), account, container, permission)
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
    elif authorization.startswith("Bearer "):
        _authenticated(call)
    elif "sig" not in call.query:
        check(call, account, "", "", permission)
    else:
        _check_signature(call, account, f"/queue/{account}/{queue}", QUEUE_FIELDS)
        _check_time(call)
        if not permission or permission not in call.query.get("sp", ""):
            raise _not_permitted()


def _authenticated(call: Call) -> Principal:
    try:
        call.principal = call.emulator.directory.authenticate(call.headers["authorization"], AUDIENCES)
    except ArmError as error:
        raise not_authenticated(error.message) from error
    return call.principal


def _check_rights(call: Call, principal: Principal, account: str, container: str, permission: str) -> None:
    """Require a data action for blobs, and one of the management plane for a container."""
    found = accounts.resource_of(call.emulator, account)
    if found is None:
        return
    scope, verb = f"{found.id}/blobServices/default/containers/{container}", VERBS[permission]
    if "blob" in call.params or permission == "l":
        is_allowed = access.allows_data(call.emulator, principal, f"{CONTAINERS}/blobs/{verb}", scope)
    else:
        is_allowed = access.allows(call.emulator, principal, f"{CONTAINERS}/{verb}", scope)
    if not is_allowed:
        raise _not_permitted()


def _check_blob_signature(call: Call, account: str, container: str, blob: str) -> None:
    resources = {"c": f"/blob/{account}/{container}", "b": f"/blob/{account}/{container}/{blob}"}
    _check_signature(call, account, resources.get(call.query.get("sr", "")), SIGNED_FIELDS)


def _check_signature(call: Call, account: str, resource: str | None, fields: tuple[str, ...]) -> None:
    if resource is None or call.query.get("sv", "") < OLDEST_VERSION:
        raise not_authenticated(
            "The emulator checks service signatures of containers, blobs and queues, version 2020-12-06 or later."
        )
    keys: tuple[str, ...] = accounts.known_keys(call.emulator, account) or ()
    if "skoid" in call.query:
        keys, fields = (_delegation_key(call.emulator, account),), _delegated(fields)
    else:
        shared_key.require_allowed(call.emulator, account)
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
