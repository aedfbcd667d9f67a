"""A diagnosis as text: each cause once, what is healthy in short, and the exit status of the worst."""

from __future__ import annotations

import pytest
from support.diagnostics.diagnosed import SUBSCRIPTION, diagnosis
from support.diagnostics.summaries import RECORD, finding

from deployments.diagnose.view import diagnosis_text, report_of, status_of
from tasks.domain.diagnostics.finding import Finding
from tasks.domain.diagnostics.report_text import Layout
from tasks.domain.diagnostics.results import Diagnosis
from tasks.domain.diagnostics.scope import Scope


def shown_of(found: Diagnosis) -> tuple[int, str]:
    report = report_of(found, Scope(subscription_id=SUBSCRIPTION), 1.0)
    return status_of(report), diagnosis_text(found, report, Layout(width=80))


def test_one_cause_is_told_once() -> None:
    """Forty endpoints behind one broken zone are one block and a list."""
    wrong = finding(evidence=RECORD)
    status, shown = shown_of(diagnosis(*[(wrong,)] * 40, ()))
    assert status == 1
    assert shown.count("Cause") == 1
    assert "The same at 39 more:" in shown
    assert "and 19 more" in shown
    assert "40 unhealthy, of 41 endpoints" in shown


def test_many_healthy_ones_are_a_short_list() -> None:
    """Twenty by name, the rest by number."""
    status, shown = shown_of(diagnosis(*[()] * 50))
    assert status == 0
    assert "and 30 more healthy endpoints" in shown
    assert len(shown.splitlines()) < 30


@pytest.mark.parametrize(
    ("found", "status"),
    [
        ([()], 0),
        ([(finding(status="WARN", severity="minor"),)], 1),
        ([(finding(),), (finding(status="ERROR"),)], 1),
        ([(), (finding(status="ERROR"),)], 2),
        ([], 2),
    ],
)
def test_the_exit_status_says_the_worst(found: list[tuple[Finding, ...]], status: int) -> None:
    """Something is wrong before something is unknown before all is well; nothing at all is no success."""
    some = diagnosis(*found) if found else Diagnosis()
    assert shown_of(some)[0] == status
