"""The queues and their messages, in the database; a message is visible, or hidden until a moment."""

from __future__ import annotations

import json
import uuid
from dataclasses import dataclass
from typing import Any

from deployments.emulator.core import Emulator
from deployments.emulator.services.storage.refusals import StorageError

NEVER = 253402300799.0  # the last second of the year 9999, which is what Azure writes
COLUMNS = "id, content, inserted, expires, visible, receipt, dequeues"


@dataclass(frozen=True, slots=True)
class Queue:
    """The address of a queue: account and name."""

    account: str
    name: str


@dataclass(frozen=True, slots=True)
class Message:
    """One message. Times are seconds since the epoch; the receipt belongs to the last receiver."""

    id: str
    content: str
    inserted: float
    expires: float
    visible: float
    receipt: str
    dequeues: int


def prepare(emulator: Emulator) -> None:
    """Make the tables."""
    store = emulator.resources.store
    store.execute(
        "CREATE TABLE IF NOT EXISTS queue (account TEXT, name TEXT, metadata TEXT, PRIMARY KEY (account, name))"
    )
    store.execute(
        "CREATE TABLE IF NOT EXISTS queue_message (number INTEGER PRIMARY KEY, account TEXT, queue TEXT, id TEXT,"
        " content TEXT, inserted REAL, expires REAL, visible REAL, receipt TEXT, dequeues INTEGER)"
    )


def metadata_of(emulator: Emulator, queue: Queue) -> dict[str, str]:
    """A queue's metadata.

    Raises:
        StorageError: 404 QueueNotFound.
    """
    query = "SELECT metadata FROM queue WHERE account = ? AND name = ?"
    row = emulator.resources.store.execute(query, (queue.account, queue.name)).fetchone()
    if row is None:
        raise StorageError(404, "QueueNotFound", "The specified queue does not exist.")
    found: dict[str, str] = json.loads(row[0])
    return found


def save(emulator: Emulator, queue: Queue, metadata: dict[str, str]) -> None:
    """Write a queue."""
    row = (queue.account, queue.name, json.dumps(metadata))
    emulator.resources.store.execute("INSERT OR REPLACE INTO queue VALUES (?, ?, ?)", row)


def names(emulator: Emulator, account: str) -> list[str]:
    """The queues of an account, in order."""
    query = "SELECT name FROM queue WHERE account = ? ORDER BY name"
    return [name for (name,) in emulator.resources.store.execute(query, (account,))]


def delete(emulator: Emulator, queue: Queue) -> None:
    """Remove a queue with its messages."""
    clear(emulator, queue)
    query = "DELETE FROM queue WHERE account = ? AND name = ?"
    emulator.resources.store.execute(query, (queue.account, queue.name))


def delete_account(emulator: Emulator, account: str) -> None:
    """Remove everything in an account."""
    for name in names(emulator, account):
        delete(emulator, Queue(account, name))


def clear(emulator: Emulator, queue: Queue) -> None:
    """Remove all messages."""
    query = "DELETE FROM queue_message WHERE account = ? AND queue = ?"
    emulator.resources.store.execute(query, (queue.account, queue.name))


def count(emulator: Emulator, queue: Queue) -> int:
    """Return the number of messages, hidden ones included."""
    _forget_expired(emulator, queue)
    query = "SELECT COUNT(*) FROM queue_message WHERE account = ? AND queue = ?"
    row = emulator.resources.store.execute(query, (queue.account, queue.name)).fetchone()
    return int(row[0])


def put(emulator: Emulator, queue: Queue, content: str, *, hidden: float, lives: float | None) -> Message:
    """Add a message that is hidden for some seconds at first, and is gone after some, or never."""
    now = emulator.clock.now()
    expires = NEVER if lives is None else now + lives
    message = Message(str(uuid.uuid4()), content, now, expires, now + hidden, _receipt(), 0)
    row = (queue.account, queue.name, message.id, content, now, expires, message.visible, message.receipt, 0)
    emulator.resources.store.execute(
        "INSERT INTO queue_message (account, queue, id, content, inserted, expires, visible, receipt, dequeues)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
        row,
    )
    return message


def peek(emulator: Emulator, queue: Queue, most: int) -> list[Message]:
    """The first messages that are visible, left as they are."""
    _forget_expired(emulator, queue)
    query = (
        f"SELECT {COLUMNS} FROM queue_message WHERE account = ? AND queue = ? AND visible <= ?"  # noqa: S608 -- constants
        " ORDER BY number LIMIT ?"
    )
    rows = emulator.resources.store.execute(query, (queue.account, queue.name, emulator.clock.now(), most))
    return [Message(*row) for row in rows]


def take(emulator: Emulator, queue: Queue, most: int, seconds: float) -> list[Message]:
    """The first messages that are visible, hidden from now on, each with a new receipt."""
    taken = []
    for message in peek(emulator, queue, most):
        fields = {"visible": emulator.clock.now() + seconds, "receipt": _receipt(), "dequeues": message.dequeues + 1}
        _change(emulator, message.id, fields)
        taken.append(_find(emulator, queue, message.id))
    return taken


def held(emulator: Emulator, queue: Queue, identity: str, receipt: str) -> Message:
    """Return a message, for its last receiver.

    Raises:
        StorageError: 404 MessageNotFound; 400 PopReceiptMismatch, where another receiver has taken it since.
    """
    _forget_expired(emulator, queue)
    message = _find(emulator, queue, identity)
    if message.receipt != receipt:
        raise StorageError(
            400, "PopReceiptMismatch", "The specified pop receipt did not match the pop receipt for a dequeued message."
        )
    return message


def update(emulator: Emulator, queue: Queue, message: Message, *, content: str | None, seconds: float) -> Message:
    """Hide a message anew, with other content if there is any."""
    fields: dict[str, Any] = {"visible": emulator.clock.now() + seconds, "receipt": _receipt()}
    _change(emulator, message.id, fields | ({} if content is None else {"content": content}))
    return _find(emulator, queue, message.id)


def remove(emulator: Emulator, message: Message) -> None:
    """Delete a message."""
    emulator.resources.store.execute("DELETE FROM queue_message WHERE id = ?", (message.id,))


def _find(emulator: Emulator, queue: Queue, identity: str) -> Message:
    query = f"SELECT {COLUMNS} FROM queue_message WHERE account = ? AND queue = ? AND id = ?"  # noqa: S608 -- constants
    row = emulator.resources.store.execute(query, (queue.account, queue.name, identity)).fetchone()
    if row is None:
        raise StorageError(404, "MessageNotFound", "The specified message does not exist.")
    return Message(*row)


def _change(emulator: Emulator, identity: str, fields: dict[str, Any]) -> None:
    names = ", ".join(f"{name} = ?" for name in fields)
    query = f"UPDATE queue_message SET {names} WHERE id = ?"  # noqa: S608 -- names of columns, written above
    emulator.resources.store.execute(query, (*fields.values(), identity))


def _forget_expired(emulator: Emulator, queue: Queue) -> None:
    query = "DELETE FROM queue_message WHERE account = ? AND queue = ? AND expires <= ?"
    emulator.resources.store.execute(query, (queue.account, queue.name, emulator.clock.now()))


def _receipt() -> str:
    return uuid.uuid4().hex
