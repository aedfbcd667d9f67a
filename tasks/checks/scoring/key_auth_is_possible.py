"""Callers of an endpoint with key authentication need Azure to hand out its keys."""

from __future__ import annotations

from tasks.checks.engine.applies import to_key_auth
from tasks.checks.engine.check import Check
from tasks.checks.engine.endpoint_look import EndpointLook
from tasks.domain.diagnostics.finding import Verdict, failed, passed, seen
from tasks.domain.diagnostics.probe import KeyAccess
from tasks.domain.diagnostics.subject import Subject


async def observe(look: EndpointLook) -> KeyAccess:
    """Whether the keys can be had."""
    return await look.key_access()


def judge(_subject: Subject, access: KeyAccess) -> Verdict:
    """Azure must not refuse."""
    if access.refusal:
        return failed("Azure doesn't hand out the endpoint's keys.", seen("listKeys", access.refusal, "the keys"))
    return passed("Azure hands out the endpoint's keys.")


CHECK = Check(
    code="SCORE-KV-002",
    name="key_auth_is_possible",
    title="The endpoint's keys can be had",
    severity="critical",
    scope="endpoint",
    inputs=("key_access",),
    observe=observe,
    judge=judge,
    applies=to_key_auth,
    remedy=(
        "Let Azure services by the workspace's key vault (az keyvault update --name VAULT --bypass AzureServices), or "
        "use auth_mode aad_token, which needs no keys."
    ),
    doc="https://learn.microsoft.com/azure/machine-learning/how-to-authenticate-online-endpoint",
)
