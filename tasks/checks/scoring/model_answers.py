"""The model must answer: score.py neither fails nor takes too long."""

from __future__ import annotations

from tasks.checks.engine.answers import answer_line
from tasks.checks.engine.applies import to_called
from tasks.checks.engine.check import Check
from tasks.checks.engine.endpoint_facts import EndpointFacts
from tasks.domain.diagnostics.finding import Verdict, failed, passed, seen, skipped
from tasks.domain.diagnostics.probe import CallProbe
from tasks.domain.diagnostics.subject import Subject


def judge(_subject: Subject, call: CallProbe) -> Verdict:
    """Fail on HTTP 424 or 408 (in a cluster 502 or 504), or when the answer's body does not end in time.

    The headers `ms-azureml-model-error-statuscode` and `-reason` give the model's own status.
    """
    answer = call.answer
    if answer is None:
        return skipped("There was no answer to judge.")
    if answer.outcome == "model_error":
        status = answer.model_error_status or "unknown"
        why = f" ({answer.model_error_reason})" if answer.model_error_reason else ""
        return failed(
            f"HTTP {answer.status}: the model failed{why}.",
            seen("ms-azureml-model-error-statuscode", status, 200),
            seen("ms-azureml-model-error-reason", answer.model_error_reason or "unknown"),
            answer_line(answer),
        )
    if answer.outcome == "model_timeout":
        return failed(
            f"HTTP {answer.status}: the model took longer than request_timeout_ms.",
            answer_line(answer),
            remedy=answer.hint,
        )
    if answer.is_ok and call.unfinished:
        return failed(
            f"HTTP {answer.status}: the model began to answer, and did not finish.",
            seen("answer's body", call.unfinished, "complete"),
            answer_line(answer),
        )
    return passed("The model answers.") if answer.is_ok else skipped("The call did not reach the model.")


CHECK = Check(
    code="SCORE-CALL-004",
    title="The model answers",
    severity="critical",
    scope="endpoint",
    inputs=("call",),
    observe=EndpointFacts.call,
    judge=judge,
    applies=to_called,
    remedy=(
        "Read the output of score.py: az ml online-deployment get-logs --endpoint-name {endpoint} --name DEPLOYMENT "
        "{flags}; fix it and update the online deployment, or correct the request. For HTTP 408, raise "
        "request_timeout_ms (maximum 180000) or make the model faster."
    ),
    doc="https://learn.microsoft.com/azure/machine-learning/how-to-troubleshoot-online-endpoints#http-status-codes",
    explains=("SCORE-LOG-002",),
    because="Calls that the model fails count as errors.",
    fixed_by_redeploy=True,
)
