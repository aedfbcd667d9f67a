"""The three-way merge of fields, and a form's values without its defaults."""

from __future__ import annotations

from typing import Any

import pytest

from deployments.apply.form_defaults import without_defaults
from deployments.apply.record import Record, named
from deployments.apply.three_way import digests, merge
from deployments.validation import SettingsError

CASES: dict[
    str, tuple[dict[str, Any] | None, dict[str, Any] | None, dict[str, Any], dict[str, Any], tuple[str, ...]]
] = {
    # last applied, now, wanted: what is written, and what is kept
    "new": (None, None, {"a": 1}, {"a": 1}, ()),
    "untouched, and a new default": ({"a": 1}, {"a": 1}, {"a": 2}, {"a": 2}, ()),
    "changed by a person": ({"a": 1}, {"a": 5}, {"a": 1}, {"a": 5}, ("a",)),
    "changed by a person, and a new default": ({"a": 1}, {"a": 5}, {"a": 2}, {"a": 5}, ("a",)),
    "changed to the new default": ({"a": 1}, {"a": 2}, {"a": 2}, {"a": 2}, ()),
    "added by a person": ({}, {"a": 5}, {}, {"a": 5}, ("a",)),
    "removed by a person": ({"a": 1}, {}, {"a": 1}, {}, ("a",)),
    "no longer ours": ({"a": 1}, {"a": 1}, {}, {}, ()),
    "new field of ours": ({}, {}, {"a": 1}, {"a": 1}, ()),
    "no record": (None, {"a": 5}, {"a": 1, "b": 2}, {"a": 5, "b": 2}, ("a",)),
    "no record, as wanted": (None, {"a": 1}, {"a": 1}, {"a": 1}, ()),
    "false is a value": ({"a": False}, {"a": False}, {"a": True}, {"a": True}, ()),
}


@pytest.mark.parametrize("case", CASES)
def test_what_is_written_and_what_is_kept(case: str) -> None:
    """A person's value stays, ours is brought up to date; afterwards nothing changes any more."""
    last, now, wanted, values, kept = CASES[case]
    before = None if last is None else digests(last)
    merged = merge(before, now, wanted)
    assert (merged.values, merged.kept) == (values, kept)
    again = merge(digests(wanted), merged.values, wanted)
    assert (again.values, again.kept) == (values, kept)


SCHEMA = {
    "properties": {
        "strategy": {
            "allOf": [{"$ref": "#/definitions/Strategy"}],
            "default": {"steps": [10, 100], "limit": {"errors": 5}},
        },
        "revision": {"oneOf": [{"$ref": "#/definitions/A"}], "default": {"kind": "same"}},
        "endpoint": {"anyOf": [{"type": "string"}, {"type": "null"}]},
        "target": {"$ref": "#/definitions/Target"},
    },
    "definitions": {
        "Strategy": {
            "properties": {
                "steps": {"default": [10, 100]},
                "wait": {"default": 0},
                "limit": {"$ref": "#/definitions/Limit", "default": {"errors": 5}},
            }
        },
        "Limit": {"properties": {"errors": {"default": 5}, "slow": {"default": 2}}},
        "Target": {"properties": {"name": {"default": "x"}}},
    },
}


def test_a_form_that_was_saved_whole_has_the_changes_only() -> None:
    """The UI writes every default of a form: those are nobody's change, at any depth."""
    saved = {
        "strategy": {"steps": [10, 100], "wait": 1440, "limit": {"errors": 5, "slow": 2}},
        "revision": {"kind": "same"},
        "endpoint": None,
        "target": {"$ref": {"block_document_id": "1"}},
        "unknown": {"a": 1},
    }
    kept = {"strategy": {"wait": 1440}, "target": {"$ref": {"block_document_id": "1"}}, "unknown": {"a": 1}}
    assert without_defaults(saved, SCHEMA) == kept
    assert without_defaults({"strategy": {"steps": [10, 100], "wait": 0}}, SCHEMA) == {}


def test_names_to_reset_may_be_short_and_a_deployment_has_its_schedules() -> None:
    """An unknown one is refused with those there are."""
    names = ["pool", "a-flow/nightly", "a-flow/nightly: schedule one", "b/other: schedule two", "endpoint-ops: tell"]
    assert named(["nightly", "tell"], names) == {"a-flow/nightly", "a-flow/nightly: schedule one", "endpoint-ops: tell"}
    assert named(["b/other: schedule two"], names) == {"b/other: schedule two"}
    with pytest.raises(SettingsError, match="nothing is called nobody"):
        named(["nobody"], names)


def test_what_a_person_removed_stays_removed_until_it_is_reset() -> None:
    """It is noted as kept; an object that was never applied is not taken for removed."""
    record = Record(last={"a": {}})
    assert record.stays_removed("a", {"on": True})
    assert record.kept == {"a": {"removed": True}}
    assert not record.stays_removed("b", {"on": True})
    assert not Record(last={"a": {}}, reset=["a"]).stays_removed("a", {"on": True})
