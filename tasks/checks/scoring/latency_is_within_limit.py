"""The model answers, but slower than callers can wait."""

from __future__ import annotations

from tasks.checks.engine.applies import to_called
from tasks.checks.engine.check import Check
from tasks.checks.engine.endpoint_facts import EndpointFacts
from tasks.domain.diagnostics.finding import Verdict, passed, seen, skipped, warned
from tasks.domain.diagnostics.probe import CallProbe
from tasks.domain.diagnostics.subject import Subject


def judge(subject: Subject, call: CallProbe) -> Verdict:
    """Warn when the one successful call takes longer than `latency_seconds` of the expectations."""
    limit = subject.expectations.latency_seconds
    if call.answer is None or not call.is_ok:
        return skipped("No call succeeded, so there is no latency to judge.")
    taken = call.answer.latency_seconds
    line = seen("latency", f"{taken:.2f} s", f"maximum {limit:g} s")
    if taken > limit:
        return warned(f"The call took {taken:.2f} s, more than {limit:g} s.", line)
    return passed("The call was within the limit.", line)


CHECK = Check(
    code="SCORE-CALL-005",
    title="Scoring latency is within the limit",
    severity="minor",
    scope="endpoint",
    inputs=("call",),
    observe=EndpointFacts.call,
    judge=judge,
    applies=to_called,
    remedy=(
        "Compare with the model's own time in the log. Raise instance_count or choose a larger instance_type: az ml "
        "online-deployment update --endpoint-name {endpoint} --name DEPLOYMENT --set instance_count=N {flags}."
    ),
    doc="https://learn.microsoft.com/azure/machine-learning/how-to-monitor-online-endpoints",
    explains=("SCORE-LOG-003",),
    because="One slow call and many slow calls have the same cause.",
    fixed_by_redeploy=True,
)
