"""ISO 8601 durations, as Azure writes the times of probes and requests."""

from __future__ import annotations

import re

PATTERN = re.compile(
    r"P(?:(?P<days>\d+(?:\.\d+)?)D)?"
    r"(?:T(?:(?P<hours>\d+(?:\.\d+)?)H)?(?:(?P<minutes>\d+(?:\.\d+)?)M)?(?:(?P<seconds>\d+(?:\.\d+)?)S)?)?",
    re.IGNORECASE,
)
UNITS = {"days": 86_400.0, "hours": 3_600.0, "minutes": 60.0, "seconds": 1.0}


def seconds_of(duration: str) -> float | None:
    """Return the length in seconds of a duration such as PT1M30S; None where it is not a valid one.

    Weeks, months and years are not taken: no field of an online deployment uses them.
    """
    found = PATTERN.fullmatch(duration.strip())
    if not found or not any(found.groups()):
        return None
    return sum(float(amount) * UNITS[unit] for unit, amount in found.groupdict().items() if amount)
