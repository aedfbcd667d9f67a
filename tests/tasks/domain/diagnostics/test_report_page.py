"""The diagnostics' report: its message, its page, its table and its pictures."""

from __future__ import annotations

import base64
import pickle
import re
import xml.etree.ElementTree as ET

import pytest
from prefect.serializers import JSONSerializer
from support.diagnostics.summaries import (
    LAST,
    NOW,
    RECORD,
    WORKSPACE,
    entry,
    finding,
    nights,
    of_health,
    report,
    summary,
)

from tasks.checks import ALL_CHECKS
from tasks.domain.common.markdown import escaped, with_commands
from tasks.domain.diagnostics.chart import chart_markdown, marks, sparkline
from tasks.domain.diagnostics.finding import Evidence
from tasks.domain.diagnostics.report import UnhealthyEndpoints
from tasks.domain.diagnostics.report_page import diagnostics_markdown, diagnostics_rows
from tasks.domain.diagnostics.summary import troubled

DOWN = entry(summary("churn-prod", finding(evidence=RECORD), finding("SCORE-CALL-001")), was="healthy", since=NOW)
WHY = "The private zone has no record *.guid.inference.westeurope"
WELL = [entry(summary(f"well-{number}")) for number in range(3)]


@pytest.mark.parametrize(
    ("entries", "message"),
    [
        ([], "Nothing was checked: no endpoint is in scope (workspace ml/churn)."),
        (WELL[:1], "well-0 is healthy."),
        (WELL, "All 3 endpoints are healthy."),
        ([DOWN], f"churn-prod is unhealthy: SCORE-DNS-003: {WHY}"),
        ([entry(of_health("unknown", "price"))], "price was not checked: SCORE-DNS-003: Not checked: Denied"),
        ([*WELL, entry(of_health("degraded", "late"))], f"1 of 4 endpoints degraded: late (SCORE-DNS-003: {WHY})"),
        (
            [*WELL, DOWN, entry(of_health("degraded", "late")), entry(of_health("unknown", "price"))],
            (
                f"1 of 6 endpoints unhealthy: churn-prod (SCORE-DNS-003: {WHY}); "
                "1 not checked: price (SCORE-DNS-003: Not checked: Denied); 1 degraded"
            ),
        ),
    ],
)
def test_the_message_reads_well_in_a_notification(entries: list, message: str) -> None:
    """Worst first, by name and cause; what is merely degraded is counted beside something worse."""
    assert report(*entries).message == message


def test_a_message_names_each_cause_once() -> None:
    """Endpoints that one cause brings down are named together."""
    entries = [entry(summary(name, finding())) for name in ("a-1", "a-2")]
    other = entry(summary("b-1", finding("SCORE-KV-001", reason="The vault is shut.", remedy="Open it.")))
    message = report(*entries, other).message
    assert (
        message == f"3 of 3 endpoints unhealthy: a-1, a-2 (SCORE-DNS-003: {WHY}), b-1 (SCORE-KV-001: The vault is shut)"
    )


def test_a_long_message_names_three_and_counts_the_rest() -> None:
    """Five hundred broken endpoints fit into a notification, with one cause or with many, and so does a long reason."""
    for number in (1, 500):
        broken = [finding(reason="x" * 500, remedy=f"Mend {at % number}.") for at in range(500)]
        message = report(*(entry(summary(f"e-{at:03}", one)) for at, one in enumerate(broken))).message
        assert message.startswith("500 of 500 endpoints unhealthy: e-000")
        assert "497 more" in message
        assert len(message) < 600


@pytest.mark.parametrize(
    ("entries", "well"),
    [
        (WELL, True),
        ([entry(of_health("degraded"))], True),
        ([DOWN], False),
        ([entry(of_health("unknown"))], False),
    ],
)
def test_only_what_serves_and_was_looked_at_is_well(entries: list, well: bool) -> None:
    """A degraded endpoint serves; one that nobody could look at is never taken for well."""
    assert report(*entries).is_healthy == well


def test_the_failure_of_a_run_survives_storage() -> None:
    """Prefect keeps an exception by its message; pickling keeps the report, too."""
    failure = UnhealthyEndpoints(report(DOWN).message, report(DOWN))
    kept = JSONSerializer().loads(JSONSerializer().dumps(failure))
    assert (str(kept), kept.report) == (str(failure), None)
    copied = pickle.loads(pickle.dumps(failure))
    assert (str(copied), copied.report) == (str(failure), report(DOWN))


def test_the_page_is_read_from_the_worst() -> None:
    """Unhealthy before unknown before degraded; of equals what just changed first; the healthy ones are a number."""
    old = entry(summary("aged", finding("SCORE-KV-001")), since=LAST)
    page = diagnostics_markdown(
        report(*WELL, entry(of_health("degraded", "late")), entry(of_health("unknown", "price")), old, DOWN)
    )
    places = [page.index(f"### {name}") for name in ("churn-prod", "aged", "price", "late")]
    assert places == sorted(places)
    assert "**2 unhealthy, 1 not checked, 1 degraded, of 7 endpoints**" in page
    assert "well-0" not in page


def test_an_unhealthy_endpoint_has_cause_evidence_and_fix() -> None:
    """With the table of what was seen and expected, the command as code, and what it explains."""
    page = diagnostics_markdown(report(DOWN.model_copy(update={"bundle": "bundles/b.zip"})))
    assert "### churn-prod: SCORE-DNS-003" in page
    assert "The private zone has no record \\*.guid.inference.westeurope." in page
    assert "| system DNS (10.20.0.4) | 203.0.113.7 | 10.20.0.6 |" in page
    command = "```\naz network private-endpoint create --group-id amlworkspace\n```"
    assert f"**Fix.** Make the private endpoint again:\n\n{command}" in page
    assert "Explains SCORE-CALL-001 · Support bundle: `bundles/b.zip`" in page


def test_one_cause_is_told_once() -> None:
    """A hundred endpoints behind one broken zone are one section, and the page stays short."""
    page = diagnostics_markdown(report(*(entry(of_health("unhealthy", f"e-{number:03}")) for number in range(100))))
    assert "### 100 endpoints: SCORE-DNS-003" in page
    assert "`ml/churn/e-011` and 88 more" in page
    assert page.count("**Fix.**") == 1
    assert len(page.splitlines()) < 40


def test_many_causes_point_to_the_table() -> None:
    """Ten are told in full."""
    entries = [entry(summary(f"e-{number:02}", finding(remedy=f"Mend {number}."))) for number in range(25)]
    page = diagnostics_markdown(report(*entries))
    assert page.count("**Fix.**") == 10
    assert "And 15 more causes: see the table." in page


def test_what_changed_stands_before_everything_else() -> None:
    """New trouble, recovery, another cause, a flap and what is gone, each in a line."""
    page = diagnostics_markdown(
        report(
            DOWN,
            entry(summary("mended"), was="unhealthy", was_code="SCORE-KV-001"),
            entry(summary("other", finding("SCORE-KV-001")), was_code="SCORE-DNS-003"),
            entry(summary("jumpy"), flapped="unhealthy, SCORE-CALL-003: HTTP 503"),
            entry(of_health("unhealthy", "new-one"), was=None),
            gone=("old-one",),
        )
    )
    changed = page[page.index("## Changed since 2026-08-13 03:00 UTC") : page.index("## Unhealthy")]
    for line in (
        "- **churn-prod**: healthy → **unhealthy** (SCORE-DNS-003)",
        "- **mended**: unhealthy → **healthy**",
        "- **other**: still unhealthy, for another reason: SCORE-DNS-003 → SCORE-KV-001",
        "- **new-one**: new → **unhealthy** (SCORE-DNS-003)",
        "- **jumpy** flapped: unhealthy, SCORE-CALL-003: HTTP 503; healthy again at the recheck",
        "- **old-one** no longer exists",
    ):
        assert line in changed


def test_those_that_changed_alike_are_told_together() -> None:
    """A zone that breaks a hundred endpoints is one line, not a hundred."""
    broken = [entry(of_health("unhealthy", f"e-{at:03}"), was="healthy") for at in range(100)]
    page = diagnostics_markdown(report(*broken))
    (line,) = [one for one in page.splitlines() if "→" in one]
    assert line.startswith("- **e-000**, **e-001**, ")
    assert line.endswith("and 88 more: healthy → **unhealthy** (SCORE-DNS-003)")


def test_long_evidence_is_a_list_whose_lines_wrap() -> None:
    """Prefect cuts a table's long cell off at the edge; an answer's text has to be read."""
    line = Evidence(what="answer", seen="HTTP 424, " + "x" * 100, expected="HTTP 200")
    page = diagnostics_markdown(report(entry(summary("e-1", finding(evidence=(line,))))))
    assert f"- **answer**: HTTP 424, {'x' * 100} (expected: HTTP 200)" in page
    assert "| answer" not in page


def test_a_quiet_night_is_a_short_page() -> None:
    """Nothing changed, nothing wrong, and no section about it."""
    page = diagnostics_markdown(report(*WELL, requests={"reads": 18, "writes": 0}))
    assert "**All 3 endpoints are healthy.**" in page
    assert "18 reads of the control plane" in page
    assert page.rstrip().endswith("Nothing.")


def test_a_workspace_that_could_not_be_listed_is_told() -> None:
    """With Azure's words, since there is no endpoint to tell it of."""
    looked = troubled(
        summary().id.rpartition("/onlineEndpoints")[0], "churn", "list endpoints of churn: AuthorizationFailed"
    )
    page = diagnostics_markdown(report(entry(looked, was=None)))
    assert "**churn was not checked: list endpoints of churn: AuthorizationFailed**" in page
    assert "### churn\n" in page


def test_the_table_has_everybody() -> None:
    """One row each, worst first, with health, code and the last runs."""
    rows = diagnostics_rows(report(*WELL, DOWN.model_copy(update={"nights": nights("healthy", "unhealthy")})))
    assert [row["endpoint"] for row in rows] == ["churn-prod", "well-0", "well-1", "well-2"]
    assert rows[0]["health"] == "✗ unhealthy"
    assert rows[0]["runs"] == "●✗"
    assert rows[1]["code"] == ""


def test_foreign_text_is_no_markup() -> None:
    """Logs and messages can't break out of the page or into a table."""
    nasty = "a|b <script>alert(1)</script> **x** `y` [z](http://w) ![i](http://w/i.png) &lt;\n## h"
    for text in (nasty, nasty * 10):  # in a table, and in a list
        lines = (Evidence(what=nasty, seen=text, expected=nasty),)
        looked = summary("e-1", finding(reason=nasty, remedy=nasty, evidence=lines))
        told = report(entry(looked, flapped=nasty), entry(troubled(WORKSPACE, "churn", nasty)))
        page, rows = diagnostics_markdown(told), diagnostics_rows(told)
        for shown in (page, *(row["why"] for row in rows)):
            assert not re.search(r"(?<!\\)(<script>|\*\*x|`y|\[z\]|!\[i|&lt;)|\n## h", shown), shown
    assert escaped("_a_") == "\\_a\\_"


@pytest.mark.parametrize("check", ALL_CHECKS, ids=lambda one: one.code)
def test_commands_of_remedies_can_be_copied(check) -> None:
    """Whatever the sentence around it, a command stands in a block of its own, whole and without what follows."""
    told = with_commands(check.remedy)
    for command in re.findall(r"```\n(.*?)\n```", told):
        assert re.match(r"(az|kubectl|curl) ", command)
        assert not re.search(r"(\. |;|, (then|or|and) |[.)]$)", command)
    assert not re.search(r"(^|\n)[.;,)]", told), "no sentence begins with what ended the one before"
    assert ("```" in told) == bool(re.search(r"\b(az|kubectl|curl) [a-z-]", check.remedy))


def test_nights_in_characters() -> None:
    """A mark a night for health, a bar a night for latency; nothing where no call was answered."""
    some = nights("healthy", "degraded", "unhealthy", "unknown")
    assert marks(some) == "●◐✗?"
    assert sparkline(some) == "▇▇██"
    assert sparkline(nights("healthy", "healthy", latency=None)) == ""


def test_the_picture_is_an_image_that_markdown_can_hold() -> None:
    """From two days on; one broken endpoint among hundreds can still be seen."""
    week = [nights(*["healthy"] * 7) for _ in range(300)] + [nights(*["healthy"] * 6, "unhealthy")]
    address = chart_markdown(week)
    assert address.partition("(")[2].startswith("data:image/svg+xml;base64,")
    svg = ET.fromstring(base64.b64decode(address.partition(",")[2].removesuffix(")")))
    bars = [one for one in svg.iter("{http://www.w3.org/2000/svg}rect") if one.get("fill") == "#d1453b"]
    assert max(float(one.get("height", 0)) for one in bars) >= 3
    assert chart_markdown([nights("healthy")]) == ""
    assert chart_markdown([]) == ""


def test_the_picture_says_what_its_colors_stand_for() -> None:
    """Each health that any night saw, with how many there are on the last day."""
    week = [nights("unhealthy", "healthy", "healthy"), nights("healthy", "degraded", "healthy")]
    svg = base64.b64decode(chart_markdown(week).partition(",")[2].removesuffix(")")).decode()
    told = re.findall(r">([^<]+)</text>", svg)
    assert told[:4] == ["0 unhealthy", "0 degraded", "2 healthy", "on the last day"]


def test_the_picture_needs_no_latency() -> None:
    """Endpoints that nobody called have a health all the same."""
    svg = base64.b64decode(
        chart_markdown([nights("healthy", "unhealthy", latency=None)]).partition(",")[2].removesuffix(")")
    ).decode()
    assert "no scoring call was answered" in svg
