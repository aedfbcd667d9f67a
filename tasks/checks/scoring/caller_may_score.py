"""The endpoint must know the caller and let it in."""

from __future__ import annotations

from tasks.checks.engine.answers import answer_line, observe_call
from tasks.checks.engine.applies import to_called
from tasks.checks.engine.check import Check
from tasks.domain.diagnostics.finding import Verdict, failed, passed, skipped
from tasks.domain.diagnostics.probe import CallLook
from tasks.domain.diagnostics.subject import Subject


def judge(_subject: Subject, call: CallLook) -> Verdict:
    """Neither 401 nor 403."""
    answer = call.answer
    if answer is None:
        return skipped("There was no answer to judge.")
    if answer.outcome == "public_access_refused":
        return failed(
            f"The endpoint takes no public callers, and the call came as one: HTTP {answer.status}.",
            answer_line(answer),
            remedy="Call from inside the virtual network, by the private endpoint's address.",
        )
    if answer.outcome == "unauthorized":
        return failed(f"The endpoint doesn't let the caller in: HTTP {answer.status}.", answer_line(answer))
    return passed("The endpoint lets the caller in.")


CHECK = Check(
    code="SCORE-CALL-002",
    name="caller_may_score",
    title="The caller may score",
    severity="critical",
    scope="endpoint",
    inputs=("call",),
    observe=observe_call,
    judge=judge,
    applies=to_called,
    remedy=(
        "For aad_token, give the identity a role with Microsoft.MachineLearningServices/workspaces/onlineEndpoints/"
        "score/action on the endpoint, such as AzureML Data Scientist (takes some minutes); for key and aml_token, "
        "fetch the credential again: az ml online-endpoint get-credentials --name {endpoint} {flags}."
    ),
    doc="https://learn.microsoft.com/azure/machine-learning/how-to-authenticate-online-endpoint",
)
