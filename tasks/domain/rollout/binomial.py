"""Random variation: the calls that a share of the traffic receives by chance, and those that fail by chance."""

from __future__ import annotations

import math
from typing import Final

# One correct step in a thousand lies outside.
_TAIL: Final = 0.0005
_RARE: Final = 0.01


def expected_range(calls: int, percent: float) -> tuple[int, int]:
    """Return the minimum and maximum number of calls that a share gets, all but once in a thousand times."""
    share = percent / 100
    if share in {0.0, 1.0} or not calls:
        return (calls, calls) if share == 1 else (0, 0)
    chances = [_chance(calls, count, share) for count in range(calls + 1)]
    return _beyond(chances), calls - _beyond(chances[::-1])


def is_beyond(count: int, calls: int, percent: float) -> bool:
    """Return whether a percentage all but rules out so high a count: less than once in a hundred times.

    Uses Chernoff's bound, which errs on the side of chance and costs the same for any number of calls.
    """
    share, part = percent / 100, count / calls if calls else 0.0
    if share >= 1 or part <= share:
        return False
    if share <= 0:
        return True
    rest = (1 - part) * math.log((1 - part) / (1 - share)) if part < 1 else 0.0
    return math.exp(-calls * (part * math.log(part / share) + rest)) < _RARE


def _beyond(chances: list[float]) -> int:
    """Return the first count whose tail, itself included, is no longer negligible."""
    tail = 0.0
    for count, chance in enumerate(chances):
        tail += chance
        if tail > _TAIL:
            return count
    return len(chances) - 1


def _chance(calls: int, count: int, share: float) -> float:
    ways = math.lgamma(calls + 1) - math.lgamma(count + 1) - math.lgamma(calls - count + 1)
    return math.exp(ways + count * math.log(share) + (calls - count) * math.log(1 - share))
