"""The blob service's requests on containers: create, read, list and delete."""

from __future__ import annotations

from email.utils import formatdate
from xml.sax.saxutils import escape

from deployments.emulator.http.call import Answer, Call
from deployments.emulator.services.storage import blobs
from deployments.emulator.services.storage.blobs import Address, Blob
from deployments.emulator.services.storage.refusals import StorageError

MAXIMUM_PAGE = 5000


def serve(call: Call, account: str, container: str) -> Answer:
    """Answer a request on a container.

    Raises:
        StorageError: 404 where it isn't there, 409 where it shall be created and is.
    """
    if call.method == "PUT" and "comp" not in call.query:
        return _create(call, account, container)
    blobs.require_container(call.emulator, account, container)
    if call.method == "DELETE":
        blobs.delete_container(call.emulator, account, container)
        return Answer(202)
    if call.query.get("comp") == "list":
        return _list(call, account, container)
    return Answer(200, None, {**_tags(call), "x-ms-lease-state": "available", "x-ms-has-immutability-policy": "false"})


def _create(call: Call, account: str, container: str) -> Answer:
    if not blobs.create_container(call.emulator, account, container):
        raise StorageError(409, "ContainerAlreadyExists", "The specified container already exists.")
    return Answer(201, None, _tags(call))


def _tags(call: Call) -> dict[str, str]:
    return {"ETag": '"0x8DC000000000000"', "Last-Modified": formatdate(call.emulator.clock.now(), usegmt=True)}


def _list(call: Call, account: str, container: str) -> Answer:
    query = call.query
    limit = min(int(query.get("maxresults") or MAXIMUM_PAGE), MAXIMUM_PAGE)
    prefix, delimiter = query.get("prefix", ""), query.get("delimiter", "")
    found = blobs.listed(call.emulator, Address(account, container, prefix), query.get("marker", ""), limit + 1)
    entries = _entries(found[:limit], prefix, delimiter, metadata="metadata" in query.get("include", ""))
    following = found[limit].name if len(found) > limit else ""
    place = f'ServiceEndpoint="https://{call.host}/" ContainerName="{escape(container)}"'
    body = (
        f'<?xml version="1.0" encoding="utf-8"?><EnumerationResults {place}><Prefix>{escape(prefix)}</Prefix>'
        f"<MaxResults>{limit}</MaxResults><Blobs>{''.join(entries)}</Blobs>"
        f"<NextMarker>{escape(following)}</NextMarker></EnumerationResults>"
    )
    return Answer(200, body, {"Content-Type": "application/xml"})


def _entries(found: list[Blob], prefix: str, delimiter: str, *, metadata: bool) -> list[str]:
    entries: dict[str, str] = {}
    for blob in found:
        head, cut, _ = blob.name[len(prefix) :].partition(delimiter) if delimiter else ("", "", "")
        if cut:
            folder = escape(prefix + head + cut)
            entries.setdefault(f"{folder}/", f"<BlobPrefix><Name>{folder}</Name></BlobPrefix>")
        else:
            entries[blob.name] = _entry(blob, metadata=metadata)
    return list(entries.values())


def _entry(blob: Blob, *, metadata: bool) -> str:
    modified = formatdate(blob.modified, usegmt=True)
    notes = "".join(f"<{name}>{escape(value)}</{name}>" for name, value in blob.metadata.items()) if metadata else ""
    return (
        f"<Blob><Name>{escape(blob.name)}</Name><Properties><Creation-Time>{modified}</Creation-Time>"
        f"<Last-Modified>{modified}</Last-Modified><Etag>{escape(blob.etag.strip(chr(34)))}</Etag>"
        f"<Content-Length>{blob.size}</Content-Length><Content-Type>{escape(blob.content_type)}</Content-Type>"
        f"<Content-MD5>{blob.md5}</Content-MD5><BlobType>BlockBlob</BlobType><LeaseStatus>unlocked</LeaseStatus>"
        "<LeaseState>available</LeaseState><ServerEncrypted>true</ServerEncrypted></Properties>"
        f"{f'<Metadata>{notes}</Metadata>' if metadata else ''}</Blob>"
    )
