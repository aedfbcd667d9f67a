"""A team's own tags keep Azure's limits, and leave the flows' own names alone."""

from __future__ import annotations

import pytest
from pydantic import TypeAdapter, ValidationError

from tasks.clients.transport.matching import DEFINITION_TAG
from tasks.domain.azure.ownership import MARKER_TAG, OWNERSHIP_TAGS
from tasks.domain.common.tags import MAXIMUM, Tags
from tasks.domain.rollout.state import ROLLOUT_TAG

ADAPTER: TypeAdapter[dict[str, str]] = TypeAdapter(Tags)


@pytest.mark.parametrize(
    "tags", [{}, {"Cost Center": "42"}, {f"t{n}": "v" for n in range(MAXIMUM)}, {"a" * 128: "v" * 256}]
)
def test_valid_tags(tags: dict[str, str]) -> None:
    """What every resource takes is accepted as it is."""
    assert ADAPTER.validate_python(tags) == tags


@pytest.mark.parametrize(
    ("tags", "said"),
    [
        ({f"t{n}": "v" for n in range(MAXIMUM + 1)}, "14 tags are too many"),
        ({"team": "a", "Team": "b"}, "differ only in case"),
        ({"a/b": "v"}, "has none of"),
        ({"a\nb": "v"}, "no control characters"),
        ({"": "v"}, "1 to 128 characters"),
        ({"a" * 129: "v"}, "1 to 128 characters"),
        ({"a": "v" * 257}, "up to 256 characters"),
        ({"Microsoft.x": "v"}, "reserved"),
        *(
            ({name: "v"}, "the flows set this name")
            for name in (*OWNERSHIP_TAGS, MARKER_TAG, DEFINITION_TAG, ROLLOUT_TAG)
        ),
    ],
)
def test_invalid_tags(tags: dict[str, str], said: str) -> None:
    """What some resource refuses is refused in the form, with the rule."""
    with pytest.raises(ValidationError, match=said):
        ADAPTER.validate_python(tags)
