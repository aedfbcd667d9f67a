"""Azure's own diagnosis."""

from __future__ import annotations

import pytest
from support.check_facts import assert_judged

from tasks.checks.workspace.azure_diagnosis_finds_nothing import CHECK
from tasks.domain.diagnostics.diagnosed import DiagnosisResult, Level
from tasks.domain.diagnostics.finding import Status


def line(level: Level, code: str = "CustomDnsInUse") -> DiagnosisResult:
    return DiagnosisResult(subject="dnsResolution", code=code, level=level, message="The network has a DNS of its own.")


@pytest.mark.parametrize(
    ("seen", "status", "words"),
    [
        ((), "PASS", "finds no problem"),
        ((line("Information"),), "PASS", "finds no problem"),
        ((line("Warning"), line("Warning")), "WARN", "warns of CustomDnsInUse."),
        ((line("Warning"), line("Error", "Gone")), "FAIL", "reports CustomDnsInUse, Gone."),
    ],
)
def test_judge(seen: tuple[DiagnosisResult, ...], status: Status, words: str) -> None:
    """Its levels are ours, and its messages are the evidence."""
    found = assert_judged(CHECK, seen, status, words)
    assert len(found.evidence) == (0 if status == "PASS" else len(seen))
