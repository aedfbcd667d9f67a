"""Read events from messages of a storage queue, and note what can't be read."""

from __future__ import annotations

import base64
import binascii
from typing import Annotated, Final

from pydantic import BaseModel, Field

from tasks.domain.azure.model import ModelVersion
from tasks.domain.common.errors import AccessDenied, EndpointOpsError
from tasks.domain.events.event_grid import MalformedEventError, read_documents, read_event
from tasks.domain.events.event_types import meaning
from tasks.domain.events.prefect_event import PrefectEvent

POISON: Final = "-poison"
AccountName = Annotated[str, Field(pattern=r"^[a-z0-9]{3,24}$")]
# The poison queue has a longer name.
QueueName = Annotated[str, Field(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$", min_length=3, max_length=56)]


class QueuePlace(BaseModel, frozen=True):
    """A queue of a storage account."""

    account: AccountName
    name: QueueName

    @property
    def poison(self) -> str:
        """The queue for unreadable messages."""
        return self.name + POISON


class QueueMessage(BaseModel, frozen=True):
    """A message that was taken, and is hidden from other readers for a while.

    Attributes:
        receipt: Azure's proof of the reader, required to delete it.
        taken: Number of times that it has been taken, including this one.
    """

    id: str
    content: str
    receipt: str
    taken: int


class ReadMessage(BaseModel, frozen=True):
    """A message and its events. `wrong` is the reason why it, or a part of it, can't be read."""

    message: QueueMessage
    news: tuple[ModelVersion | PrefectEvent, ...] = ()
    ignored: int = 0
    wrong: str = ""


def read_message(message: QueueMessage, topic: str) -> ReadMessage:
    """Read a message: one event, as Event Grid writes it, or several; as base64 or plain JSON.

    Args:
        message: The message taken.
        topic: The ARM id of the workspace whose events are accepted.
    """
    news: list[ModelVersion | PrefectEvent] = []
    ignored, wrong = 0, []
    try:
        documents = read_documents(_bytes_of(message.content))
    except MalformedEventError as error:
        return ReadMessage(message=message, wrong=error.message)
    for document in documents:
        try:
            found = _read(document, topic)
        except EndpointOpsError as error:
            wrong.append(error.message)
            continue
        ignored += found is None
        news += [found] if found else []
    return ReadMessage(message=message, news=tuple(news), ignored=ignored, wrong="; ".join(wrong[:3]))


def _read(document: object, topic: str) -> ModelVersion | PrefectEvent | None:
    event = read_event(document)
    if event.topic.lower() != topic.lower():
        raise AccessDenied(f"the event is of {event.topic[:300]!r}, not of this workspace")
    return meaning(event)


def _bytes_of(content: str) -> bytes:
    text = content.strip().lstrip("\ufeff")
    if text[:1] in ("{", "["):
        return text.encode("utf-8", "surrogatepass")
    try:
        return base64.b64decode(text, validate=True).removeprefix(b"\xef\xbb\xbf")
    except (binascii.Error, ValueError) as error:
        raise MalformedEventError("the message is neither JSON nor base64") from error
