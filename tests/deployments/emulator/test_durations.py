"""Durations and timespans in ISO 8601."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from deployments.emulator.durations import seconds_of
from deployments.emulator.services.log_analytics.timespans import limits_of

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("duration", "seconds"),
    [
        ("PT5S", 5.0),
        ("PT1M30S", 90.0),
        ("PT0.2S", 0.2),
        ("P1DT1H", 90_000.0),
        ("PT0S", 0.0),
        ("pt10s", 10.0),
        ("P", None),
        ("PT", None),
        ("5", None),
        ("", None),
        ("P1Y", None),
    ],
)
def test_a_duration_is_read_in_seconds(duration: str, seconds: float | None) -> None:
    """What is none gives None."""
    assert seconds_of(duration) == seconds


@pytest.mark.parametrize(
    ("timespan", "first", "last"),
    [
        ("PT1H", NOW - timedelta(hours=1), NOW),
        (
            "2026-02-01T00:00:00Z/2026-02-02T00:00:00Z",
            datetime(2026, 2, 1, tzinfo=UTC),
            datetime(2026, 2, 2, tzinfo=UTC),
        ),
        ("2026-02-01/P1D", datetime(2026, 2, 1, tzinfo=UTC), datetime(2026, 2, 2, tzinfo=UTC)),
        ("P1D/2026-02-02T00:00:00+01:00", datetime(2026, 1, 31, 23, tzinfo=UTC), datetime(2026, 2, 1, 23, tzinfo=UTC)),
    ],
)
def test_a_timespan_has_a_first_and_a_last_moment(timespan: str, first: datetime, last: datetime) -> None:
    """All four forms that the query API takes."""
    assert limits_of(timespan, NOW.timestamp()) == (first, last)


@pytest.mark.parametrize("timespan", ["yesterday", "P1D/", "/P1D", "2026-02-01/tomorrow"])
def test_what_is_no_timespan_is_refused(timespan: str) -> None:
    """A ValueError, which becomes a 400."""
    with pytest.raises(ValueError, match=r"is not|Invalid"):
        limits_of(timespan, NOW.timestamp())
