"""Storage queues: receive messages, delete them, move them to the poison queue."""

from __future__ import annotations

import contextlib
from typing import Any, Final

from azure.core.credentials import TokenCredential
from azure.core.exceptions import HttpResponseError, ResourceExistsError
from azure.storage.queue import QueueClient

from tasks.clients.transport.clouds import CloudAddresses
from tasks.clients.transport.errors import translated
from tasks.domain.events.queue_message import QueueMessage, QueuePlace

MAX_MESSAGES: Final = 32
# The SDK's default first pause is 15 s; the callers retry later, too.
_RETRIES: Final[dict[str, Any]] = {"initial_backoff": 1, "increment_base": 2, "retry_total": 3}
_RECEIVED_AGAIN: Final = ("MessageNotFound", "PopReceiptMismatch")


class Queues:
    """Storage queues, with token authentication only: no account key and no SAS is ever used."""

    def __init__(self, addresses: CloudAddresses, credential: TokenCredential) -> None:
        self._addresses = addresses
        self._credential = credential
        self._clients: dict[tuple[str, str], QueueClient] = {}

    def close(self) -> None:
        """Close the connections."""
        for client in self._clients.values():
            client.close()

    def take(self, place: QueuePlace, *, hidden_seconds: int) -> tuple[QueueMessage, ...]:
        """Receive up to 32 messages, hidden from other readers until the time is over or they are deleted.

        Raises:
            NotFound: When the queue does not exist.
            AccessDenied: When the identity may not read it.
        """
        client = self._client(place.account, place.name)
        with translated(f"receive messages of queue {place.name} in {place.account}"):
            pages = client.receive_messages(messages_per_page=MAX_MESSAGES, visibility_timeout=hidden_seconds).by_page()
            page = list(next(pages, ()))
        return tuple(
            QueueMessage(id=one.id, content=one.content, receipt=str(one.pop_receipt), taken=one.dequeue_count or 1)
            for one in page
        )

    def delete(self, place: QueuePlace, message: QueueMessage) -> bool:
        """Delete a message; False if another reader has received it since, which then deletes it."""
        client = self._client(place.account, place.name)
        with translated(f"delete a message of queue {place.name} in {place.account}"):
            try:
                client.delete_message(message.id, message.receipt)
            except HttpResponseError as error:
                if _code(error) in _RECEIVED_AGAIN:
                    return False
                raise
        return True

    def set_aside(self, place: QueuePlace, message: QueueMessage) -> None:
        """Move a message to the poison queue, which is created if it is absent.

        The message is added there before it is deleted here: after a crash in between it may be there twice.
        """
        aside = self._client(place.account, place.poison)
        with translated(f"move a message to queue {place.poison} in {place.account}"):
            with contextlib.suppress(ResourceExistsError):
                aside.create_queue()
            aside.send_message(message.content, time_to_live=-1)
        self.delete(place, message)

    def _client(self, account: str, name: str) -> QueueClient:
        if (account, name) not in self._clients:
            address = f"https://{account}.queue.{self._addresses.storage}"
            self._clients[account, name] = QueueClient(address, name, self._credential, **_RETRIES)
        return self._clients[account, name]


def _code(error: HttpResponseError) -> str:
    code = getattr(error, "error_code", "")
    return str(getattr(code, "value", code))
