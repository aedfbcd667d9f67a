"""Artifacts pass one door."""

from __future__ import annotations

import re

from support.paths import ROOT

from tasks.domain.common.redaction import storable

CREATES = re.compile(r"create_(?:markdown|table|link|image|progress)_artifact|prefect\.artifacts import")


def test_no_other_module_publishes() -> None:
    """So that none can forget to make its text storable."""
    files = [file for place in ("flows", "tasks") for file in (ROOT / place).rglob("*.py")]
    found = [file.relative_to(ROOT).as_posix() for file in files if CREATES.search(file.read_text())]
    assert found == ["tasks/runtime/artifacts.py"]


def test_data_can_be_stored() -> None:
    """Names and values, at any depth."""
    assert storable({"a\x00": [{"b": "c\ud800"}, 1, None]}) == {"a\ufffd": [{"b": "c\ufffd"}, 1, None]}
