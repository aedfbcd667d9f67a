"""The lines of what was kept: each field that a person changed, and how to bring its default back."""

from __future__ import annotations

from typing import Any, Final

from deployments.apply.automations import CONTENT, ENABLED
from deployments.apply.record import REMOVED, Record
from deployments.apply.schedules import ACTIVE, TIMES
from deployments.apply.work_pool import STRUCTURE

HINT: Final = "reset       a default comes back with: endpoint-ops apply --reset NAME"
_WORDS: Final = {
    REMOVED: "removed",
    CONTENT: "changed",
    STRUCTURE: "structure of the template",
    "parameters": "parameters",
}


def kept_lines(record: Record) -> list[str]:
    """Return a line for each field that is kept, and a last one that says how to reset it; none where nothing is."""
    lines = [f"kept        {name}: {_text(*one)}" for name, kept in record.kept.items() for one in kept.items()]
    return [*lines, HINT] if lines else []


def _text(field: str, value: Any) -> str:
    if field in {ACTIVE, ENABLED}:
        return "on" if value else "off"
    if field == TIMES:
        return f"{value.get('cron') or 'other times'} {value['timezone']}"
    words = _WORDS.get(field, field)
    return f"{words} (removed)" if value is None else words
