"""The queue service as Azure's own SDK sees it, over the wire."""

from __future__ import annotations

import base64
from datetime import UTC, datetime, timedelta
from itertools import count

import pytest
import requests
from azure.core.exceptions import (
    ClientAuthenticationError,
    HttpResponseError,
    ResourceExistsError,
    ResourceNotFoundError,
)
from azure.identity import DefaultAzureCredential
from azure.storage.queue import QueueClient, QueueSasPermissions, QueueServiceClient, generate_queue_sas
from support.emulator.running import RunningEmulator
from support.emulator.storage_accounts import storage_account

ACCOUNT = "queuetests"
HOST = f"https://{ACCOUNT}.queue.core.windows.net"
_numbers = count()


@pytest.fixture(scope="module")
def key(emulator_process: RunningEmulator) -> str:
    return storage_account(emulator_process, ACCOUNT)


@pytest.fixture
def queue(emulator: RunningEmulator, key: str) -> QueueClient:
    """A new queue, asked with a token."""
    client = QueueClient(HOST, f"queue-{next(_numbers)}", DefaultAzureCredential(), retry_total=0)
    client.create_queue()
    return client


def code(refusal: pytest.ExceptionInfo[HttpResponseError]) -> str:
    said = refusal.value.error_code  # the SDK makes an enumeration of those that it knows
    return str(getattr(said, "value", said))


def test_messages_come_in_order_and_are_gone_when_deleted(queue: QueueClient) -> None:
    """First in, first out; a taken one is hidden; a deleted one is gone."""
    for text in ("<a>&", "b", "c"):
        queue.send_message(text)
    first, second = queue.receive_messages(max_messages=2, messages_per_page=2)
    assert (first.content, second.content, first.dequeue_count) == ("<a>&", "b", 1)
    assert [one.content for one in queue.peek_messages(5)] == ["c"]
    queue.delete_message(first)
    assert queue.get_queue_properties().approximate_message_count == 2
    with pytest.raises(ResourceNotFoundError) as refusal:
        queue.delete_message(first)
    assert code(refusal) == "MessageNotFound"


def test_a_message_that_is_not_deleted_comes_again(emulator: RunningEmulator, queue: QueueClient) -> None:
    """After its visibility timeout, counted, and with a new receipt: the old one is worth nothing then."""
    queue.send_message("x")
    (taken,) = queue.receive_messages(visibility_timeout=30)
    assert list(queue.receive_messages()) == []
    emulator.advance(31)
    (again,) = queue.receive_messages(visibility_timeout=30)
    assert (again.id, again.dequeue_count) == (taken.id, 2)
    with pytest.raises(HttpResponseError) as refusal:
        queue.delete_message(taken)
    assert (refusal.value.status_code, code(refusal)) == (400, "PopReceiptMismatch")
    queue.delete_message(again)


def test_a_message_is_hidden_anew_and_changed(emulator: RunningEmulator, queue: QueueClient) -> None:
    """An update gives a new receipt and other content."""
    queue.send_message("x")
    (taken,) = queue.receive_messages(visibility_timeout=30)
    updated = queue.update_message(taken, content="y", visibility_timeout=100)
    emulator.advance(31)
    assert list(queue.receive_messages()) == []
    emulator.advance(70)
    assert [one.content for one in queue.receive_messages()] == ["y"]
    assert updated.pop_receipt != taken.pop_receipt


def test_a_message_waits_at_first_and_ends_at_last(emulator: RunningEmulator, queue: QueueClient) -> None:
    """Hidden for as long as its sender said; gone after its time to live; never gone with -1."""
    queue.send_message("later", visibility_timeout=20)
    queue.send_message("short", time_to_live=10)
    queue.send_message("forever", time_to_live=-1)
    emulator.advance(11)
    assert [one.content for one in queue.peek_messages(5)] == ["forever"]
    emulator.advance(10)
    assert [one.content for one in queue.peek_messages(5)] == ["later", "forever"]
    queue.clear_messages()
    assert queue.get_queue_properties().approximate_message_count == 0


def test_a_queue_is_made_once_and_told_of(queue: QueueClient) -> None:
    """The same again changes nothing, other metadata is a conflict; it is listed, and gone when it is deleted."""
    for metadata, status in ((None, 204), ({"a": "b"}, 409)):
        with pytest.raises(ResourceExistsError) as refusal:
            queue.create_queue(metadata=metadata)
        assert (refusal.value.status_code, code(refusal)) == (status, "QueueAlreadyExists")
    queue.set_queue_metadata({"owner": "team"})
    assert queue.get_queue_properties().metadata == {"owner": "team"}
    service = QueueServiceClient(HOST, DefaultAzureCredential(), retry_total=0)
    assert queue.queue_name in [one.name for one in service.list_queues()]
    queue.delete_queue()
    with pytest.raises(ResourceNotFoundError) as gone:
        queue.send_message("x")
    assert code(gone) == "QueueNotFound"


def test_what_is_out_of_range_is_refused(queue: QueueClient) -> None:
    """64 KiB and seven days are Azure's limits; names have their rules."""
    queue.send_message("x" * 65_536)
    with pytest.raises(HttpResponseError) as long:
        queue.send_message("x" * 65_537)
    with pytest.raises(HttpResponseError) as late:
        list(queue.receive_messages(visibility_timeout=8 * 86_400))
    with pytest.raises(HttpResponseError) as named:
        QueueClient(HOST, "no--name", DefaultAzureCredential(), retry_total=0).create_queue()
    codes = [code(long), code(late), code(named)]
    assert codes == ["MessageTooLarge", "OutOfRangeQueryParameterValue", "InvalidResourceName"]


def test_the_accounts_key_is_enough(queue: QueueClient, key: str) -> None:
    """Azure's SDK signs with it; another key is refused."""
    with_key = QueueClient(HOST, queue.queue_name, key, retry_total=0)
    with_key.send_message("signed ü+/")
    assert [one.content for one in with_key.receive_messages(visibility_timeout=1)] == ["signed ü+/"]
    wrong = QueueClient(HOST, queue.queue_name, base64.b64encode(b"x" * 64).decode(), retry_total=0)
    with pytest.raises(ClientAuthenticationError) as refusal:
        wrong.send_message("x")
    assert code(refusal) == "AuthenticationFailed"


def test_an_account_may_take_no_keys(emulator: RunningEmulator) -> None:
    """allowSharedKeyAccess: false refuses the right key too."""
    key = storage_account(emulator, "queuenokeys", allowSharedKeyAccess=False)
    with pytest.raises(HttpResponseError) as refusal:
        QueueClient("https://queuenokeys.queue.core.windows.net", "any", key, retry_total=0).create_queue()
    assert (refusal.value.status_code, code(refusal)) == (403, "KeyBasedAuthenticationNotPermitted")


def test_a_signature_allows_what_it_says(queue: QueueClient, key: str) -> None:
    """Adding is not taking; another queue stays closed; without any credential nothing is shown."""
    end = datetime.now(UTC) + timedelta(days=400)
    token = generate_queue_sas(ACCOUNT, queue.queue_name, key, permission=QueueSasPermissions(add=True), expiry=end)
    adding = QueueClient(HOST, queue.queue_name, token, retry_total=0)
    adding.send_message("x")
    with pytest.raises(HttpResponseError) as taking:
        list(adding.receive_messages())
    with pytest.raises(HttpResponseError) as elsewhere:
        QueueClient(HOST, "other-queue", token, retry_total=0).send_message("x")
    nobody = requests.get(f"{HOST}/{queue.queue_name}/messages", timeout=10)
    assert code(taking) == "AuthorizationPermissionMismatch"
    assert code(elsewhere) == nobody.headers["x-ms-error-code"] == "AuthenticationFailed"
