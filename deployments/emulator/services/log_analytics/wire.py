"""Values of a query's result, as the query API writes them."""

from __future__ import annotations

import json
import math
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Any


def written(value: Any, kind: str) -> Any:
    """A value of a KQL type as JSON: times in ISO 8601 with Z, spans as d.hh:mm:ss, dynamic as text."""
    if value is None:
        return None
    if kind == "datetime":
        return _moment(value)
    if kind == "timespan":
        return _span(value)
    if kind == "dynamic":
        return value if isinstance(value, str) else json.dumps(value, default=_plain)
    if kind == "real":
        return _real(value)
    return value if isinstance(value, bool | int | str) else str(value)


def _moment(value: Any) -> str:
    if isinstance(value, datetime):
        moment = value.astimezone(UTC) if value.tzinfo else value
        return f"{moment:%Y-%m-%dT%H:%M:%S}.{moment.microsecond:06d}".rstrip("0").rstrip(".") + "Z"
    return f"{value.isoformat()}T00:00:00Z" if isinstance(value, date) else str(value)


def _span(value: Any) -> str:
    if isinstance(value, time):
        value = timedelta(hours=value.hour, minutes=value.minute, seconds=value.second, microseconds=value.microsecond)
    if not isinstance(value, timedelta):
        return str(value)
    sign = "-" if value < timedelta(0) else ""
    whole = abs(value)
    hours, rest = divmod(whole.seconds, 3600)
    minutes, seconds = divmod(rest, 60)
    days = f"{whole.days}." if whole.days else ""
    fraction = f".{whole.microseconds:06d}0" if whole.microseconds else ""
    return f"{sign}{days}{hours:02d}:{minutes:02d}:{seconds:02d}{fraction}"


def _real(value: Any) -> Any:
    number = float(value)
    if math.isnan(number):
        return "NaN"
    return number if math.isfinite(number) else ("Infinity" if number > 0 else "-Infinity")


def _plain(value: Any) -> Any:
    if isinstance(value, datetime | date):
        return _moment(value)
    if isinstance(value, timedelta):
        return _span(value)
    return float(value) if isinstance(value, Decimal) else str(value)
