"""The endpoint must recognize the caller's credential and authorize it."""

from __future__ import annotations

from tasks.checks.engine.answers import answer_line
from tasks.checks.engine.applies import to_called
from tasks.checks.engine.check import Check
from tasks.checks.engine.endpoint_facts import EndpointFacts
from tasks.domain.diagnostics.finding import Verdict, failed, passed, skipped
from tasks.domain.diagnostics.probe import CallProbe
from tasks.domain.diagnostics.subject import Subject


def judge(_subject: Subject, call: CallProbe) -> Verdict:
    """Fail on HTTP 401 or 403; a 403 because public access is off has a remedy of its own."""
    answer = call.answer
    if answer is None:
        return skipped("There was no answer to judge.")
    if answer.outcome == "public_access_refused":
        return failed(
            f"Public access is off, and the call did not use the private endpoint: HTTP {answer.status}.",
            answer_line(answer),
            remedy="Call from inside the virtual network, by the private endpoint's address.",
        )
    if answer.outcome == "unauthorized":
        return failed(f"The endpoint does not authorize the caller: HTTP {answer.status}.", answer_line(answer))
    return passed("The endpoint authorizes the caller.")


CHECK = Check(
    code="SCORE-CALL-002",
    title="The caller is authorized to score",
    severity="critical",
    scope="endpoint",
    inputs=("call",),
    observe=EndpointFacts.call,
    judge=judge,
    applies=to_called,
    remedy=(
        "For aad_token, assign the identity a role with "
        "Microsoft.MachineLearningServices/workspaces/onlineEndpoints/score/action on the endpoint, such as AzureML "
        "Data Scientist (takes some minutes); for key and aml_token, fetch the credential again: az ml online-endpoint "
        "get-credentials --name {endpoint} {flags}."
    ),
    doc="https://learn.microsoft.com/azure/machine-learning/how-to-authenticate-online-endpoint",
    explains=("SCORE-LOG-002",),
    because="Refused calls count as errors.",
)
