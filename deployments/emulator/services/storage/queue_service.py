"""The queue service's requests: queues, their metadata, and their messages."""

from __future__ import annotations

import re
from email.utils import formatdate
from xml.etree import ElementTree as ET
from xml.sax.saxutils import escape

from deployments.emulator.http.call import Answer, Call
from deployments.emulator.http.routing import Route
from deployments.emulator.services.storage import queues, sas
from deployments.emulator.services.storage.common import account_of, guarded
from deployments.emulator.services.storage.queues import Message, Queue
from deployments.emulator.services.storage.refusals import StorageError

HOST = r"[a-z0-9]{3,24}\.queue\.core\.windows\.net"
NAME = re.compile(r"[a-z0-9](-?[a-z0-9])+")
MAXIMUM_CONCURRENT = 32
MAXIMUM_LENGTH = 65_536
WEEK = 7 * 86_400
META = "x-ms-meta-"


def routes() -> list[Route]:
    """Return the routes of queues and messages; the signature or token admits, not the management plane's token."""
    table = [
        ("GET", "/", _list),
        *((method, "/{queue}", _queue) for method in ("PUT", "GET", "HEAD", "DELETE")),
        *((method, "/{queue}/messages", _messages) for method in ("POST", "GET", "DELETE")),
        *((method, "/{queue}/messages/{message}", _message) for method in ("PUT", "DELETE")),
    ]
    return [Route(method, path, guarded(handler), HOST, open=True) for method, path, handler in table]


async def _list(call: Call) -> Answer:
    account = account_of(call)
    sas.check_queue(call, account, "", "l")
    prefix = call.query.get("prefix", "")
    found = [name for name in queues.names(call.emulator, account) if name.startswith(prefix)]
    entries = "".join(f"<Queue><Name>{escape(name)}</Name></Queue>" for name in found)
    place = f'ServiceEndpoint="https://{call.host}/"'
    return _xml(200, f"<EnumerationResults {place}><Queues>{entries}</Queues><NextMarker /></EnumerationResults>")


async def _queue(call: Call) -> Answer:
    queue = Queue(account_of(call), call.params["queue"])
    sas.check_queue(call, queue.account, queue.name, "r" if call.method in ("GET", "HEAD") else "")
    if call.method == "PUT":
        return _write_metadata(call, queue) if call.query.get("comp") == "metadata" else _create(call, queue)
    metadata = queues.metadata_of(call.emulator, queue)
    if call.method == "DELETE":
        queues.delete(call.emulator, queue)
        return Answer(204)
    if call.query.get("comp") != "metadata":
        raise StorageError(501, "NotImplementedByEmulator", f"The emulator does not serve {call.method} {call.target}.")
    number = str(queues.count(call.emulator, queue))
    shown = {f"{META}{name}": value for name, value in metadata.items()}
    return Answer(200, None, {"x-ms-approximate-messages-count": number, **shown})


def _create(call: Call, queue: Queue) -> Answer:
    if not NAME.fullmatch(queue.name) or not 3 <= len(queue.name) <= 63:
        raise StorageError(400, "InvalidResourceName", "The specifed resource name contains invalid characters.")
    desired = _metadata(call)
    if queue.name not in queues.names(call.emulator, queue.account):
        queues.save(call.emulator, queue, desired)
        return Answer(201)
    if queues.metadata_of(call.emulator, queue) == desired:
        return Answer(204)
    raise StorageError(409, "QueueAlreadyExists", "The specified queue already exists.")


def _write_metadata(call: Call, queue: Queue) -> Answer:
    queues.metadata_of(call.emulator, queue)
    queues.save(call.emulator, queue, _metadata(call))
    return Answer(204)


async def _messages(call: Call) -> Answer:
    queue = Queue(account_of(call), call.params["queue"])
    is_peek = call.query.get("peekonly", "").lower() == "true"
    permission = "a" if call.method == "POST" else "r" if is_peek else "p"
    sas.check_queue(call, queue.account, queue.name, permission)
    queues.metadata_of(call.emulator, queue)
    if call.method == "DELETE":
        queues.clear(call.emulator, queue)
        return Answer(204)
    return _put(call, queue) if call.method == "POST" else _get(call, queue, is_peek=is_peek)


def _put(call: Call, queue: Queue) -> Answer:
    hidden = _number(call, "visibilitytimeout", 0, 0, WEEK)
    lives = _number(call, "messagettl", WEEK, -1, 2**31 - 1)
    content = _content(call)
    if lives == 0 or (lives > 0 and hidden >= lives):
        raise _out_of_range("visibilitytimeout")
    message = queues.put(call.emulator, queue, content, hidden=hidden, lives=None if lives == -1 else lives)
    return _listed([_fields(message, {"PopReceipt", "TimeNextVisible"})], 201)


def _get(call: Call, queue: Queue, *, is_peek: bool) -> Answer:
    most = _number(call, "numofmessages", 1, 1, MAXIMUM_CONCURRENT)
    if is_peek:
        found, shown = queues.peek(call.emulator, queue, most), {"DequeueCount", "MessageText"}
    else:
        seconds = _number(call, "visibilitytimeout", 30, 1, WEEK)
        found = queues.take(call.emulator, queue, most, seconds)
        shown = {"PopReceipt", "TimeNextVisible", "DequeueCount", "MessageText"}
    return _listed([_fields(message, shown) for message in found], 200)


async def _message(call: Call) -> Answer:
    queue = Queue(account_of(call), call.params["queue"])
    sas.check_queue(call, queue.account, queue.name, "u" if call.method == "PUT" else "p")
    queues.metadata_of(call.emulator, queue)
    message = queues.held(call.emulator, queue, call.params["message"], call.query.get("popreceipt", ""))
    if call.method == "DELETE":
        queues.remove(call.emulator, message)
        return Answer(204)
    seconds = _number(call, "visibilitytimeout", -1, 0, WEEK)
    content = _content(call) if call.body else None
    fresh = queues.update(call.emulator, queue, message, content=content, seconds=seconds)
    return Answer(204, None, {"x-ms-popreceipt": fresh.receipt, "x-ms-time-next-visible": _time(fresh.visible)})


def _content(call: Call) -> str:
    try:
        text = ET.fromstring(call.body).findtext("MessageText")  # noqa: S314 -- expat expands nothing external
    except ET.ParseError as error:
        raise StorageError(400, "InvalidXmlDocument", "XML specified is not syntactically valid.") from error
    if text is None:
        raise StorageError(400, "InvalidXmlDocument", "A required XML node was not specified: MessageText.")
    if len(text.encode()) > MAXIMUM_LENGTH:
        raise StorageError(400, "MessageTooLarge", "The message exceeds the maximum allowed size.")
    return text


def _number(call: Call, name: str, default: int, least: int, most: int) -> int:
    text = call.query.get(name, "")
    if text and not re.fullmatch(r"-?\d{1,10}", text):
        raise StorageError(400, "InvalidQueryParameterValue", f"Value for the query parameter {name} is invalid.")
    value = int(text) if text else default
    if not least <= value <= most:
        raise _out_of_range(name)
    return value


def _out_of_range(name: str) -> StorageError:
    return StorageError(
        400,
        "OutOfRangeQueryParameterValue",
        f"One of the query parameters specified in the request URI is outside the permissible range: {name}.",
    )


def _metadata(call: Call) -> dict[str, str]:
    return {name.removeprefix(META): value for name, value in call.headers.items() if name.startswith(META)}


def _fields(message: Message, shown: set[str]) -> str:
    values = {
        "MessageId": message.id,
        "InsertionTime": _time(message.inserted),
        "ExpirationTime": _time(message.expires),
        "PopReceipt": message.receipt,
        "TimeNextVisible": _time(message.visible),
        "DequeueCount": str(message.dequeues),
        "MessageText": escape(message.content),
    }
    kept = {"MessageId", "InsertionTime", "ExpirationTime", *shown}
    return "".join(f"<{name}>{value}</{name}>" for name, value in values.items() if name in kept)


def _listed(messages: list[str], status: int) -> Answer:
    inner = "".join(f"<QueueMessage>{fields}</QueueMessage>" for fields in messages)
    return _xml(status, f"<QueueMessagesList>{inner}</QueueMessagesList>")


def _xml(status: int, inner: str) -> Answer:
    body = f'<?xml version="1.0" encoding="utf-8"?>{inner}'
    return Answer(status, body, {"Content-Type": "application/xml"})


def _time(seconds: float) -> str:
    return formatdate(seconds, usegmt=True)
