"""The shared part of the checks of one scoring call."""

from __future__ import annotations

from tasks.domain.azure.scoring import ScoringAnswer
from tasks.domain.diagnostics.finding import Evidence, seen

_CHARS = 300


def answer_line(answer: ScoringAnswer) -> Evidence:
    """Status, request id (for a support ticket), deployment, and the text's beginning."""
    parts = (
        f"HTTP {answer.status}",
        f"x-request-id {answer.request_id}" if answer.request_id else "",
        f"online deployment {answer.deployment}" if answer.deployment else "",
        answer.body[:_CHARS],
    )
    return seen("answer", ", ".join(one for one in parts if one), "HTTP 200")
