"""Answers that come from Azure's front rather than from the model are the platform's."""

from __future__ import annotations

from tasks.checks.engine.answers import answer_line, observe_call
from tasks.checks.engine.applies import to_called
from tasks.checks.engine.check import Check
from tasks.domain.diagnostics.finding import Verdict, failed, passed, skipped, warned
from tasks.domain.diagnostics.probe import CallLook
from tasks.domain.diagnostics.subject import Subject


def judge(_subject: Subject, call: CallLook) -> Verdict:
    """Not 404 (no deployment to send it to), 5xx (Azure's own), 429 (in clusters 503: too many) or another refusal."""
    answer = call.answer
    if answer is None:
        return skipped("There was no answer to judge.")
    line = answer_line(answer)
    if answer.outcome == "no_traffic":
        return failed("HTTP 404: no online deployment takes the call.", line, remedy=answer.hint)
    if answer.outcome == "throttled":
        return warned(f"HTTP {answer.status}: too many requests wait for the model.", line, remedy=answer.hint)
    if answer.outcome == "platform_error":
        return failed(f"HTTP {answer.status}: the platform failed, not the model.", line, remedy=answer.hint)
    if answer.outcome == "refused":
        return failed(f"HTTP {answer.status}: the request was refused.", line, remedy=answer.hint)
    return passed("Azure's front passes the call on.")


CHECK = Check(
    code="SCORE-CALL-003",
    name="platform_carries_the_call",
    title="The platform carries the call to an online deployment",
    severity="critical",
    scope="endpoint",
    inputs=("call",),
    observe=observe_call,
    judge=judge,
    applies=to_called,
    remedy="Try again; if it stays, open a support ticket with the x-request-id.",
    doc="https://learn.microsoft.com/azure/machine-learning/how-to-troubleshoot-online-endpoints#http-status-codes",
)
