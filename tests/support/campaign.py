"""The sample of a long series of kills and faults that runs every time; `make test-faults` runs all of it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import pytest


def sampled(cases: Iterable[str], *every_time: str) -> list[Any]:
    """The cases as parameters; those that are not named wait for `make test-faults`."""
    return [pytest.param(one, marks=() if one in every_time else pytest.mark.campaign, id=one) for one in cases]
