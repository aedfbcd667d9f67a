"""Refusals of locks, policies and names that stay taken: Azure's sentence once and whole, and a way out to copy."""

from __future__ import annotations

from typing import Any

import pytest

from tasks.clients.transport.errors import refusal
from tasks.domain.common import errors

GROUP = "/subscriptions/s1/resourceGroups/rg1"
WORKSPACE = f"{GROUP}/providers/Microsoft.MachineLearningServices/workspaces/churn"
ASSIGNMENT = f"{GROUP}/providers/Microsoft.Authorization/policyAssignments/costs"
TAKEN = "Soft-deleted workspace exists. Please purge or recover it. https://aka.ms/wsoftdelete"
LOCKED = (
    f"The scope '{WORKSPACE}' cannot perform delete operation because following scope(s) are locked: '{GROUP}'. Please "
    "remove the lock and try again."
)
DISALLOWED = (
    'Resource \'churn\' was disallowed by policy. Policy identifiers: \'[{"policyAssignment":{"name":"Costs","id":"'
    + ASSIGNMENT
    + '"},"policyDefinition":{"name":"Require a tag on resources","id":"/providers/x"}}]\'.'
)
VIOLATION = {"evaluationDetails": {"evaluatedExpressions": [{"path": "tags[costCenter]", "result": "True"}]}}


def disallowed(**more: Any) -> dict[str, Any]:
    """A refusal by a policy."""
    return {"code": "RequestDisallowedByPolicy", "message": DISALLOWED, "target": "churn", **more}


@pytest.mark.parametrize(
    ("status", "error", "kind", "advice"),
    [
        (
            400,
            {"code": "BadRequest", "message": TAKEN},
            errors.Conflict,
            [
                f'az rest --method delete --url "{WORKSPACE}?api-version=2024-10-01&forceToPurge=true"',
                "az rest --method put",
            ],
        ),
        (
            None,
            {
                "code": "DeploymentFailed",
                "message": "At least one resource deployment operation failed.",
                "details": [
                    {
                        "code": "ResourceDeploymentFailure",
                        "message": "The resource write operation failed.",
                        "details": [{"code": "BadRequest", "message": TAKEN}],
                    }
                ],
            },
            errors.Conflict,
            ["--method delete"],
        ),
        (
            409,
            {"code": "ScopeLocked", "message": LOCKED},
            errors.AccessDenied,
            ["az lock list --resource-group rg1", "Owner or User Access Administrator"],
        ),
        (
            403,
            disallowed(additionalInfo=[{"type": "PolicyViolation", "info": VIOLATION}]),
            errors.AccessDenied,
            ["tags: costCenter", f"az policy assignment show --name costs --scope {GROUP}", "exemption"],
        ),
        (403, disallowed(), errors.AccessDenied, ["Comply with it", "'Costs'"]),
        (
            400,
            {
                "code": "InvalidTemplateDeployment",
                "message": "The template deployment failed because of policy violation.",
                "details": [disallowed(additionalInfo=[{"type": "PolicyViolation", "info": VIOLATION}])],
            },
            errors.AccessDenied,
            ["tags: costCenter"],
        ),
        (
            403,
            {"code": "RequestDisallowedByPolicy", "message": "Policy p forbids it."},
            errors.AccessDenied,
            ["az policy assignment list --resource-group rg1"],
        ),
    ],
)
def test_a_refusal_says_the_way_out(
    status: int | None, error: dict[str, Any], kind: type[errors.EndpointOpsError], advice: list[str]
) -> None:
    """What to do has the real names, wherever Azure put its reason."""
    found = refusal("create workspace churn", status, {}, {"error": error}, WORKSPACE)
    assert type(found) is kind
    for part in advice:
        assert part in found.hint
    said = next(
        one for one in (TAKEN, LOCKED, DISALLOWED, "Policy p forbids it.") if one in str(error).replace("\\'", "'")
    )
    assert str(found).count(said) == 1
