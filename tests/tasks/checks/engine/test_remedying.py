"""The choices of a remedy."""

from __future__ import annotations

import pytest
from pydantic import ValidationError

from tasks.checks import ALL_CHECKS
from tasks.checks.engine.remedying import RemedyChoice


def test_the_form_offers_the_checks_that_have_a_remedy() -> None:
    """In a list to choose from, by code, and with their titles in the description."""
    field = RemedyChoice.model_json_schema()["properties"]["code"]
    fixable = {check.code: check.title for check in ALL_CHECKS if check.plan}
    assert field["enum"] == sorted(fixable)
    assert len(fixable) == 10
    assert all(f"{code} ({title})" in field["description"] for code, title in fixable.items())


def test_an_empty_choice_is_the_root_cause() -> None:
    """As a form sends it, and without a form."""
    assert RemedyChoice(code="").code is None
    assert RemedyChoice().code is None


def test_a_check_without_a_remedy_is_refused() -> None:
    """The message names those that have one."""
    with pytest.raises(ValidationError, match=r"SCORE-DNS-005 has no remedy.*these have: SCORE-DNS-003"):
        RemedyChoice(code="SCORE-DNS-005")
