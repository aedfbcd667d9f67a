"""One endpoint's diagnosis as text."""

from __future__ import annotations

from support.diagnostics.summaries import RECORD, finding, summary

from tasks.checks import ALL_CHECKS
from tasks.domain.diagnostics.report_text import GROUPS, Layout, Tone, endpoint_text

WRONG = finding(evidence=RECORD)
SYMPTOM = finding("SCORE-CALL-001", reason="The scoring host took no connection.")
WELL = finding("SCORE-END-001", "PASS")
SKIPPED = finding("SCORE-LOG-001", "SKIP", reason="Nothing else is wrong, so nobody looked deeper.")
ALL = (WRONG, SYMPTOM, WELL, SKIPPED)


def told(layout: Layout | None = None) -> str:
    return endpoint_text(summary("churn-prod", *ALL), ALL, layout)


def test_verdict_cause_evidence_and_fix_come_first() -> None:
    """What a person needs at once stands above the list of checks."""
    lines = told().splitlines()
    assert lines[0].startswith("ml/churn/churn-prod")
    assert lines[0].endswith("UNHEALTHY")
    assert lines[2].split() == ["Cause", "SCORE-DNS-003", *WRONG.reason.split()]
    assert "203.0.113.7  (expected: 10.20.0.6)" in lines[3]
    assert lines[5].split()[0] == "Fix"


def test_checks_are_grouped_with_counts() -> None:
    """What is well is a number, what isn't has a line; symptoms are told as such."""
    text = told()
    assert "Resolution        ✗ 1" in text
    assert "Scoring           ✗ 1   ✓ 1" in text
    assert "Logs              - 1" in text
    assert "SCORE-CALL-001  The scoring host took no connection. (a symptom)" in text
    assert "SCORE-END-001" not in text


def test_everything_is_listed_when_asked_for() -> None:
    """With the title of what is well, and the reason of what was skipped."""
    text = told(Layout(is_long=True))
    assert "✓ SCORE-END-001   The private zone has the record" in text
    assert "- SCORE-LOG-001   Nothing else is wrong" in text


def test_lines_keep_to_the_width_and_commands_are_not_broken() -> None:
    """A command of the fix has a line of its own, and can be copied from a narrow terminal."""
    command = "az network private-endpoint create --group-id amlworkspace"
    for width in (70, 80, 120):
        lines = told(Layout(width=width)).splitlines()
        assert command in [line.strip() for line in lines]
        assert all(len(line) <= width for line in lines if "http" not in line and command not in line), width


def test_colors_are_the_caller_s() -> None:
    """The text itself has none; a terminal paints what it wants to."""

    def paint(tone: Tone, text: str) -> str:
        return f"<{tone}>{text}</>"

    assert "<bad>UNHEALTHY</>" in told(Layout(paint=paint))
    assert "\x1b" not in told()


def test_every_check_has_a_group() -> None:
    """No finding is left out of the list."""
    kinds = {kind for _, group in GROUPS for kind in group}
    assert {one.code.split("-")[1] for one in ALL_CHECKS} <= kinds
