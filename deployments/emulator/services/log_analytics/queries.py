"""A query of Log Analytics, and its result."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

# learn.microsoft.com/azure/azure-monitor/service-limits: the most records of a result
MAXIMUM_ROWS = 500_000


@dataclass(frozen=True, slots=True)
class Query:
    """A query, the moment that `now()` means, and the records that it may see.

    `files` are those of each table; `below` keeps the records of one resource and all that lives in it.
    """

    text: str
    now: float
    files: dict[str, list[Path]]
    below: str = ""
    limits: tuple[datetime, datetime] | None = None
    maximum_rows: int = MAXIMUM_ROWS


@dataclass(slots=True)
class Result:
    """A table of values as they are written on the wire, and the error where it is incomplete."""

    columns: list[dict[str, str]] = field(default_factory=list)
    rows: list[list[Any]] = field(default_factory=list)
    cut_off: dict[str, Any] | None = None
