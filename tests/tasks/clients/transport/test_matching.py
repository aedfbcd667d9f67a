"""What counts as equal decides whether a second run writes anything."""

from typing import Any

import pytest

from tasks.clients.transport.matching import DEFINITION_TAG, matches_requested, stamped
from tasks.domain.azure.ownership import is_owned


@pytest.mark.parametrize(
    ("asked", "shown", "same"),
    [
        ({"a": 1}, {"a": 1, "b": 2}, True),
        ({"a": 1}, {"a": 2}, False),
        ({"a": 1}, {}, False),
        ({"a": 1}, None, False),
        ({"a": "Key"}, {"a": "key"}, True),
        ({"a": None}, {}, True),
        ({"a": {}}, {"a": None}, True),
        ({"a": False}, {}, True),
        ({"a": {"b": [1, "X"]}}, {"a": {"b": [1, "x"]}}, True),
        ({"a": [1]}, {"a": [1, 2]}, False),
        ({"identity": {"type": "SystemAssigned"}}, {"identity": {"type": "UserAssigned"}}, True),
    ],
)
def test_same_where_asked(asked: Any, shown: Any, same: bool) -> None:
    """Azure's additions and its case don't matter; everything asked for does."""
    assert matches_requested(asked, shown) is same


def test_what_is_no_longer_asked_for_shows() -> None:
    """A setting taken out of the file changes the definition, although the rest still agrees."""
    before = stamped({"properties": {"a": 1, "b": 2}}, "/e")
    after = stamped({"properties": {"a": 1}}, "/e")
    assert matches_requested(after["properties"], before["properties"])
    assert not matches_requested(after, before)


def test_stamped_keeps_tags_and_owns() -> None:
    """A user's tags stay beside ours."""
    tags = stamped({"tags": {"team": "ml"}}, "/e")["tags"]
    assert tags["team"] == "ml"
    assert is_owned(tags, "/E")
    assert len(tags[DEFINITION_TAG]) == 64
