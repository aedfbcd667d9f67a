"""The blob service's requests on blobs."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import inspect
import uuid
from collections.abc import Awaitable, Callable
from email.utils import formatdate
from pathlib import Path
from xml.etree import ElementTree as ET

from deployments.emulator.http.bodies import FilePart
from deployments.emulator.http.call import Answer, Call
from deployments.emulator.http.routing import Route
from deployments.emulator.services.storage import blobs, containers, contents, sas
from deployments.emulator.services.storage.blobs import Address, Blob
from deployments.emulator.services.storage.common import account_of, guarded
from deployments.emulator.services.storage.ranges import part_of
from deployments.emulator.services.storage.refusals import StorageError, blob_not_found

HOST = r"[a-z0-9]{3,24}\.blob\.core\.windows\.net"
BlobHandler = Callable[[Call, Address], Answer | Awaitable[Answer]]
PERMISSIONS = {"GET": "r", "HEAD": "r", "PUT": "w", "DELETE": "d"}


def routes() -> list[Route]:
    """Return the routes of blobs and containers; the signature admits, not the management plane's token."""
    blob = [Route(verb, "/{container}/{blob*}", guarded(_blob), HOST, open=True, files=True) for verb in PERMISSIONS]
    container = [Route(method, "/{container}", guarded(_container), HOST, open=True) for method in PERMISSIONS]
    return blob + container


async def _container(call: Call) -> Answer:
    account = account_of(call)
    if call.query.get("restype") != "container":
        raise blob_not_found()
    listing = call.method == "GET" and call.query.get("comp") == "list"
    permission = "l" if listing else PERMISSIONS[call.method]
    sas.check(call, account, call.params["container"], "", permission)
    return containers.serve(call, account, call.params["container"])


async def _blob(call: Call) -> Answer:
    address = Address(account_of(call), call.params["container"], call.params["blob"])
    sas.check(call, address.account, address.container, address.name, PERMISSIONS[call.method])
    blobs.require_container(call.emulator, address.account, address.container)
    handler = HANDLERS.get((call.method, call.query.get("comp", "")))
    if handler is None:
        raise StorageError(
            501,
            "NotImplementedByEmulator",
            f"The emulator does not serve {call.method} with comp={call.query.get('comp')}.",
        )
    answer = handler(call, address)
    return await answer if inspect.isawaitable(answer) else answer


def _require(call: Call, address: Address) -> Blob:
    found = blobs.get(call.emulator, address)
    if found is None:
        raise blob_not_found()
    return found


def _tags(blob: Blob) -> dict[str, str]:
    return {"ETag": blob.etag, "Last-Modified": formatdate(blob.modified, usegmt=True)}


def _headers(blob: Blob) -> dict[str, str]:
    found = {
        **_tags(blob),
        "Content-Type": blob.content_type,
        "Content-Length": str(blob.size),
        "Accept-Ranges": "bytes",
    }
    found |= {"x-ms-blob-type": "BlockBlob", "x-ms-server-encrypted": "true", "x-ms-lease-status": "unlocked"}
    found |= {"x-ms-lease-state": "available", "x-ms-creation-time": formatdate(blob.modified, usegmt=True)}
    found |= {"Content-MD5": blob.md5} if blob.md5 else {}
    return found | {f"x-ms-meta-{name}": value for name, value in blob.metadata.items()}


def _head(call: Call, address: Address) -> Answer:
    return Answer(200, None, _headers(_require(call, address)))


def _get(call: Call, address: Address) -> Answer:
    blob = _require(call, address)
    part = part_of(call.headers.get("x-ms-range") or call.headers.get("range", ""), blob.size)
    content = FilePart(blobs.file_of(call.emulator, address), part.start, part.end - part.start)
    headers = {**_headers(blob), "Content-Length": str(content.length)}
    if not part.partial:
        return Answer(200, content, headers)
    headers["Content-Range"] = f"bytes {part.start}-{part.end - 1}/{blob.size}"
    headers["x-ms-blob-content-md5"] = headers.pop("Content-MD5", "")
    return Answer(206, content, headers)


async def _put(call: Call, address: Address) -> Answer:
    if call.headers.get("x-ms-blob-type", "").lower() != "blockblob":
        raise StorageError(400, "UnsupportedHeader", "The emulator keeps block blobs only.")
    _check_conditions(call, address)
    digest = await asyncio.to_thread(_digest, call)
    if call.headers.get("content-md5", digest) != digest:
        raise StorageError(
            400, "Md5Mismatch", "The MD5 value specified in the request did not match with the server's."
        )
    content = await asyncio.to_thread(contents.draft, call.emulator, call.upload or call.body)
    return _created(call, address, content, digest)


def _digest(call: Call) -> str:
    found = hashlib.md5(call.body, usedforsecurity=False)
    if call.upload:
        with call.upload.open("rb") as content:
            while chunk := content.read(1 << 20):
                found.update(chunk)
    return base64.b64encode(found.digest()).decode()


def _check_conditions(call: Call, address: Address) -> None:
    found = blobs.get(call.emulator, address)
    if found and call.headers.get("if-none-match") == "*":
        raise StorageError(409, "BlobAlreadyExists", "The specified blob already exists.")
    if "if-match" in call.headers and call.headers["if-match"] not in ("*", found.etag if found else None):
        raise StorageError(
            412, "ConditionNotMet", "The condition specified using HTTP conditional header(s) is not met."
        )


def _new_blob(call: Call, address: Address, size: int, md5: str) -> Blob:
    content_type = call.headers.get("x-ms-blob-content-type") or "application/octet-stream"
    now, etag = call.emulator.clock.now(), f'"0x{uuid.uuid4().hex[:15].upper()}"'
    return Blob(address.name, size, etag, now, content_type, md5, _metadata(call))


def _metadata(call: Call) -> dict[str, str]:
    prefix = "x-ms-meta-"
    return {name.removeprefix(prefix): value for name, value in call.headers.items() if name.startswith(prefix)}


def _created(call: Call, address: Address, content: Path, md5: str) -> Answer:
    """Content and properties change together: nothing else runs between the two."""
    try:
        _check_conditions(call, address)
    except StorageError:
        content.unlink()
        raise
    blob = _new_blob(call, address, contents.place(call.emulator, address, content), md5)
    blobs.put(call.emulator, address, blob)
    headers = {**_tags(blob), "x-ms-request-server-encrypted": "true"} | ({"Content-MD5": blob.md5} if blob.md5 else {})
    return Answer(201, None, headers)


async def _put_block(call: Call, address: Address) -> Answer:
    digest = await asyncio.to_thread(_digest, call)
    block = call.query.get("blockid", "")
    await asyncio.to_thread(contents.stage, call.emulator, address, block, call.upload or call.body)
    return Answer(201, None, {"Content-MD5": digest, "x-ms-request-server-encrypted": "true"})


async def _put_block_list(call: Call, address: Address) -> Answer:
    _check_conditions(call, address)
    try:
        block_ids = [entry.text or "" for entry in ET.fromstring(call.body)]  # noqa: S314 -- a client's own list, expat expands nothing external
    except ET.ParseError as error:
        raise StorageError(400, "InvalidXmlDocument", "XML specified is not syntactically valid.") from error
    content = await asyncio.to_thread(contents.joined, call.emulator, address, block_ids)
    return _created(call, address, content, call.headers.get("x-ms-blob-content-md5", ""))


def _put_metadata(call: Call, address: Address) -> Answer:
    blob = _require(call, address)
    fresh = _new_blob(call, address, blob.size, blob.md5)
    fresh.content_type = blob.content_type
    blobs.put(call.emulator, address, fresh)
    return Answer(200, None, {**_tags(fresh), "x-ms-request-server-encrypted": "true"})


def _put_properties(call: Call, address: Address) -> Answer:
    blob = _require(call, address)
    blob.content_type = call.headers.get("x-ms-blob-content-type", blob.content_type)
    blobs.put(call.emulator, address, blob)
    return Answer(200, None, _tags(blob))


def _delete(call: Call, address: Address) -> Answer:
    _require(call, address)
    blobs.delete(call.emulator, address)
    return Answer(202, None, {"x-ms-delete-type-permanent": "true"})


HANDLERS: dict[tuple[str, str], BlobHandler] = {
    ("HEAD", ""): _head,
    ("GET", ""): _get,
    ("PUT", ""): _put,
    ("DELETE", ""): _delete,
    ("PUT", "block"): _put_block,
    ("PUT", "blocklist"): _put_block_list,
    ("PUT", "metadata"): _put_metadata,
    ("PUT", "properties"): _put_properties,
}
