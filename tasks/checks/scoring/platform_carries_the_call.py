"""The answer must come from the model, not from Azure's front end."""

from __future__ import annotations

from tasks.checks.engine.answers import answer_line
from tasks.checks.engine.applies import to_called
from tasks.checks.engine.check import Check
from tasks.checks.engine.endpoint_facts import EndpointFacts
from tasks.domain.diagnostics.finding import Verdict, failed, passed, skipped, warned
from tasks.domain.diagnostics.probe import CallProbe
from tasks.domain.diagnostics.subject import Subject


def judge(_subject: Subject, call: CallProbe) -> Verdict:
    """Fail on HTTP 404 (no online deployment), 5xx (the platform) and other 4xx; warn on 429 (too many requests).

    In a cluster, 503 means too many requests; 502 and 504 are the model's (SCORE-CALL-004).
    """
    answer = call.answer
    if answer is None:
        return skipped("There was no answer to judge.")
    line = answer_line(answer)
    if answer.outcome == "no_traffic":
        return failed("HTTP 404: no online deployment takes the call.", line, remedy=answer.hint)
    if answer.outcome == "throttled":
        return warned(f"HTTP {answer.status}: too many requests for the model.", line, remedy=answer.hint)
    if answer.outcome == "platform_error":
        return failed(f"HTTP {answer.status}: the platform failed, not the model.", line, remedy=answer.hint)
    if answer.outcome == "refused":
        return failed(f"HTTP {answer.status}: the request was refused.", line, remedy=answer.hint)
    return passed("Azure's front end routes the call.")


CHECK = Check(
    code="SCORE-CALL-003",
    title="The platform routes the call to an online deployment",
    severity="critical",
    scope="endpoint",
    inputs=("call",),
    observe=EndpointFacts.call,
    judge=judge,
    applies=to_called,
    remedy="Retry; if it persists, open a support ticket with the x-request-id of the evidence.",
    doc="https://learn.microsoft.com/azure/machine-learning/how-to-troubleshoot-online-endpoints#http-status-codes",
    explains=("SCORE-LOG-002",),
    because="Calls that the platform fails count as errors.",
    fixed_by_redeploy=True,
)
