"""What is known of endpoints, what is news, and when two looks announce it."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from support.diagnostics.summaries import LAST, NOW, WORKSPACE, of_health, summary

from tasks.domain.diagnostics.health_record import (
    MAX_DAYS,
    EndpointRecord,
    HealthRecord,
    Recheck,
    is_news,
    updated,
    without,
)
from tasks.domain.diagnostics.verdict import Health

ID = summary().id


def known(health: Health, *, alarmed: bool = False) -> EndpointRecord:
    return EndpointRecord(id=ID, name="churn-prod", health=health, since=LAST, is_alarmed=alarmed)


def looks(before: EndpointRecord | None, first: Health, second: Health | None) -> Recheck:
    return Recheck(known=before, first=of_health(first), second=of_health(second) if second else None)


def record(*endpoints: EndpointRecord) -> HealthRecord:
    return HealthRecord(workspace=WORKSPACE, looked_at=LAST, endpoints=endpoints)


@pytest.mark.parametrize(
    ("before", "first", "news"),
    [
        (None, "healthy", False),
        (None, "unhealthy", True),
        (None, "unknown", True),
        (known("healthy"), "healthy", False),
        (known("healthy"), "degraded", True),
        (known("unhealthy", alarmed=True), "unhealthy", False),
        (known("unhealthy", alarmed=True), "healthy", True),
        (known("unhealthy"), "unhealthy", True),  # nobody was told yet
        (known("healthy", alarmed=True), "healthy", True),  # nobody was given the all-clear yet
        (known("unknown", alarmed=True), "unknown", False),
    ],
)
def test_news_is_what_differs_from_what_is_known_or_was_told(
    before: EndpointRecord | None, first: Health, news: bool
) -> None:
    """Only news gets a second look; an endpoint that nobody knew counts as healthy."""
    assert is_news(before, first) == news


@pytest.mark.parametrize(
    ("before", "first", "second", "announced"),
    [
        (None, "healthy", None, None),
        (None, "unhealthy", "unhealthy", "unhealthy"),
        (known("healthy"), "unhealthy", "unhealthy", "unhealthy"),
        (known("healthy"), "unhealthy", "healthy", None),  # a flap
        (known("healthy"), "unhealthy", "degraded", None),
        (known("healthy"), "unhealthy", "unknown", None),
        (known("healthy"), "unknown", "unhealthy", None),
        (known("healthy"), "unknown", "unknown", None),
        (known("healthy"), "unhealthy", None, None),  # the second look could not be made
        (known("unhealthy"), "unhealthy", "unhealthy", "unhealthy"),
        (known("unhealthy", alarmed=True), "unhealthy", "unhealthy", None),  # told already
        (known("unhealthy", alarmed=True), "healthy", "healthy", "recovered"),
        (known("unhealthy", alarmed=True), "healthy", "degraded", "recovered"),
        (known("unhealthy", alarmed=True), "healthy", "unhealthy", None),
        (known("unknown", alarmed=True), "healthy", "healthy", "recovered"),
        (known("unknown", alarmed=True), "unhealthy", "unhealthy", None),
    ],
)
def test_a_change_is_announced_when_two_looks_agree(
    before: EndpointRecord | None, first: Health, second: Health | None, announced: str | None
) -> None:
    """Once for each change of sides; a look that could not be made takes none."""
    assert looks(before, first, second).announcement == announced


@pytest.mark.parametrize(
    ("first", "second", "flap"),
    [("unhealthy", "healthy", True), ("unhealthy", "unhealthy", False), ("healthy", None, False)],
)
def test_a_flap_is_a_first_look_that_the_second_takes_back(first: Health, second: Health | None, flap: bool) -> None:
    """The second look is the one that counts."""
    both = looks(known("healthy"), first, second)
    assert both.is_flap == flap
    assert both.last.health == (second or first)


def test_an_event_is_sent_once_over_many_nights() -> None:
    """Down for three nights with a night in between on which nobody could look: one alarm, one all-clear."""
    told, state = [], None
    for first, second in [
        ("healthy", None),
        ("unhealthy", "unhealthy"),
        ("unhealthy", "unhealthy"),
        ("unknown", "unknown"),
        ("unhealthy", "unhealthy"),
        ("healthy", "healthy"),
        ("healthy", None),
    ]:
        both = looks(state.of(ID) if state else None, first, second)  # type: ignore[arg-type]  # literals in a table
        told.append(both.announcement)
        state = updated(state, WORKSPACE, [both], NOW)
    assert told == [None, "unhealthy", None, None, None, "recovered", None]


def test_the_record_says_since_when() -> None:
    """The time of the first look with this health stays, whatever the cause."""
    same = updated(
        record(known("unhealthy", alarmed=True)), WORKSPACE, [looks(known("unhealthy"), "unhealthy", None)], NOW
    )
    other = updated(record(known("healthy")), WORKSPACE, [looks(known("healthy"), "unhealthy", "unhealthy")], NOW)
    assert same.endpoints[0].since == LAST
    assert other.endpoints[0].since == NOW
    assert other.endpoints[0].code == "SCORE-DNS-003"


def test_what_nobody_looked_at_stays_known() -> None:
    """A look at one endpoint does not take the others from the record; case doesn't matter."""
    other = known("unhealthy", alarmed=True).model_copy(update={"id": f"{ID}-2", "name": "churn-test"})
    same = known("healthy").model_copy(update={"id": ID.upper()})
    found = updated(record(same, other), WORKSPACE, [looks(same, "healthy", None)], NOW)
    assert [one.name for one in found.endpoints] == ["churn-prod", "churn-test"]
    assert found.endpoints[1] == other
    assert without(found, [other]).endpoints == found.endpoints[:1]


def test_a_day_is_as_bad_as_its_worst_look() -> None:
    """A night that was bad stays so when somebody mends it in the morning; fourteen days are kept."""
    state = record(known("healthy"))
    for day in range(20):
        state = updated(state, WORKSPACE, [looks(state.of(ID), "healthy", None)], NOW + timedelta(days=day))
    last = NOW + timedelta(days=19)
    for health in ("unhealthy", "healthy"):
        state = updated(state, WORKSPACE, [looks(state.of(ID), health, None)], last)  # type: ignore[arg-type]  # literals
    nights = state.endpoints[0].nights
    assert len(nights) == MAX_DAYS
    assert (nights[0].day, nights[-1].day) == (date(2026, 8, 20), date(2026, 9, 2))
    assert [one.health for one in nights[-2:]] == ["healthy", "unhealthy"]


def test_the_record_survives_json() -> None:
    """What a run wrote is what the next one reads."""
    kept = updated(None, WORKSPACE, [looks(None, "unhealthy", "unhealthy")], NOW)
    assert HealthRecord.model_validate_json(kept.model_dump_json()) == kept
