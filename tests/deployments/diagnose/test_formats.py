"""A diagnosis for machines: JUnit for build servers, lines for scripts."""

from __future__ import annotations

from xml.etree.ElementTree import Element, fromstring

import pytest
from support.diagnostics.diagnosed import SUBSCRIPTION, diagnosis
from support.diagnostics.summaries import RECORD, finding

from deployments.diagnose.formats import Format, show_not_checked, text_of
from deployments.diagnose.view import report_of
from tasks.domain.diagnostics.report_text import Layout
from tasks.domain.diagnostics.results import Diagnosis
from tasks.domain.diagnostics.scope import Scope

SOME = diagnosis(
    (
        finding(evidence=RECORD, reason="no record\x1b of it"),
        finding(status="WARN", severity="minor"),
        finding(status="SKIP"),
    ),
    (finding(status="PASS"),),
    (finding(status="ERROR"),),
)


def text(found: Diagnosis, form: Format) -> str:
    return text_of(found, report_of(found, Scope(subscription_id=SUBSCRIPTION), 1.0), form, Layout())


def suites(found: Diagnosis) -> dict[str, Element]:
    return {one.attrib["name"]: one for one in fromstring(text(found, "junit"))}


def test_junit_has_a_suite_for_each_endpoint_and_a_case_for_each_check() -> None:
    """Failed and warned ones fail, those that were not checked are errors, and the totals agree."""
    found = suites(SOME)
    assert set(found) == {"ml/w/e-00", "ml/w/e-01", "ml/w/e-02"}
    totals = {
        name: [int(one.attrib[total]) for total in ("tests", "failures", "errors", "skipped")]
        for name, one in found.items()
    }
    assert totals == {"ml/w/e-00": [3, 2, 0, 1], "ml/w/e-01": [1, 0, 0, 0], "ml/w/e-02": [1, 0, 1, 0]}
    failure = found["ml/w/e-00"].find("testcase/failure")
    assert failure is not None
    assert failure.attrib["message"].startswith("no record")
    assert "Fix: " in str(failure.text)


def test_junit_of_nothing_is_an_error() -> None:
    """A build that checked nothing does not pass."""
    (suite,) = suites(Diagnosis()).values()
    assert suite.attrib["errors"] == "1"


def test_tsv_has_a_line_for_each_endpoint_the_worst_first() -> None:
    """Five fields, also where there is nothing to say."""
    lines = [line.split("\t") for line in text(SOME, "tsv").splitlines()]
    assert [(line[0], line[1], len(line)) for line in lines] == [
        ("ml/w/e-00", "unhealthy", 5),
        ("ml/w/e-02", "unknown", 5),
        ("ml/w/e-01", "healthy", 5),
    ]


@pytest.mark.parametrize(("form", "is_on_stdout"), [("json", True), ("junit", True), ("tsv", False), ("table", False)])
def test_why_nothing_was_checked_is_in_the_format(
    capsys: pytest.CaptureFixture[str], form: Format, is_on_stdout: bool
) -> None:
    """A machine that reads the output finds the reason there."""
    assert show_not_checked("not signed in to Azure.", form) == 2
    shown = capsys.readouterr()
    assert "not signed in" in (shown.out if is_on_stdout else shown.err)
