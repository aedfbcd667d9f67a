"""Messages of a storage queue that hold events."""

from __future__ import annotations

import base64
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.events.samples import WORKSPACE, grid_event, registered

from tasks.domain.azure.model import ModelVersion, newest_of
from tasks.domain.common.arm_id import WorkspaceId
from tasks.domain.events.queue_message import QueueMessage, ReadMessage, read_message

EVENT = json.dumps(grid_event())


def read(content: str) -> ReadMessage:
    return read_message(QueueMessage(id="1", content=content, receipt="r", taken=1), WORKSPACE.upper())


@pytest.mark.parametrize(
    "content",
    [EVENT, f"  {EVENT}\n", f"\ufeff{EVENT}", f"[{EVENT}]", base64.b64encode(EVENT.encode()).decode()],
    ids=["plain", "spaces", "byte order mark", "list", "base64"],
)
def test_every_encoding_is_read(content: str) -> None:
    """As it is, or in base64, alone or in a list."""
    found = read(content)
    assert (len(found.news), found.wrong) == (1, "")


@pytest.mark.parametrize(
    ("content", "wrong"),
    [
        ("", "not valid JSON"),
        ("hello", "neither JSON nor base64"),
        (base64.b64encode(b"hello").decode(), "not valid JSON"),
        ("{}", "id is missing, or not text"),
        (json.dumps(registered(1, topic=WORKSPACE.replace("ml-", "x-"))), "not of this workspace"),
    ],
)
def test_what_cannot_be_read_says_why(content: str, wrong: str) -> None:
    """A reason for the report, and no news."""
    found = read(content)
    assert wrong in found.wrong
    assert found.news == ()


def test_what_can_be_read_of_a_message_is_news() -> None:
    """One wrong event in a list keeps no other away, and is told of."""
    found = read(json.dumps([registered(1), {"id": "x"}, grid_event("Unknown")]))
    assert (len(found.news), found.ignored, bool(found.wrong)) == (1, 1, True)


@given(st.text(max_size=300))
def test_any_content_is_read_or_has_a_reason(content: str) -> None:
    """Nothing raises."""
    found = read(content)
    assert found.wrong or found.ignored or found.news or content.strip().startswith("[")


def test_the_newest_of_what_is_deployed() -> None:
    """By number; other models, and what is no version's id, don't count."""
    place = WorkspaceId.parse(WORKSPACE)
    assert place
    found = [ModelVersion(workspace=place, model="churn", version=one) for one in ("9", "10")]
    ids = [f"{WORKSPACE}/models/{one}" for one in ("churn/versions/9", "CHURN/versions/10", "other/versions/11")]
    newest = newest_of("churn", [*ids, "", "azureml:churn:12"], found)
    assert newest
    assert newest.version == "10"
    assert newest_of("absent", ids, found) is None
