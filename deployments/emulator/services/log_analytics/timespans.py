"""The `timespan` of a query: a duration back from now, or an interval of two moments, or of a moment and a duration."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from deployments.emulator.durations import seconds_of


def limits_of(timespan: str, now: float) -> tuple[datetime, datetime]:
    """The first and the last moment that a timespan in ISO 8601 covers.

    Raises:
        ValueError: it is none.
    """
    present = datetime.fromtimestamp(now, UTC)
    first, slash, second = timespan.strip().partition("/")
    if not slash:
        return present - _length(first), present
    if first.upper().startswith("P"):
        end = _moment(second)
        return end - _length(first), end
    start = _moment(first)
    return start, start + _length(second) if second.upper().startswith("P") else _moment(second)


def _length(text: str) -> timedelta:
    seconds = seconds_of(text)
    if seconds is None:
        raise ValueError(f"{text!r} is not an ISO 8601 duration")
    return timedelta(seconds=seconds)


def _moment(text: str) -> datetime:
    found = datetime.fromisoformat(text)
    return found if found.tzinfo else found.replace(tzinfo=UTC)
