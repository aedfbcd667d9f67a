"""What Azure Policy says of a template, before any of its resources is made."""

from __future__ import annotations

from typing import Any

from deployments.emulator.arm_template.expressions import ExpressionError
from deployments.emulator.arm_template.template import PlannedResource, Template
from deployments.emulator.core import Emulator
from deployments.emulator.errors import ArmError
from deployments.emulator.http.governance.policies import PolicyViolationError, judge_planned

JUDGED = ("location", "tags", "properties")


def refuse_violations(emulator: Emulator, template: Template) -> None:
    """Refuse a template whose resources a policy denies.

    Raises:
        ArmError: 400 InvalidTemplateDeployment, with every violation among its details.
    """
    found: list[dict[str, Any]] = []
    for planned in template.resources:
        if planned.included:
            try:
                judge_planned(emulator, planned.id, _document(planned))
            except PolicyViolationError as error:
                found.append(error.body()["error"])
    if found:
        raise ArmError(
            400,
            "InvalidTemplateDeployment",
            "The template deployment failed because of policy violation. Please see details for more information.",
            details=found,
        )


def _document(planned: PlannedResource) -> dict[str, Any]:
    """What is known of a resource beforehand: values that ask Azure are not."""
    document: dict[str, Any] = {}
    for name in JUDGED:
        try:
            document[name] = planned.scope.value(planned.document.get(name))
        except (ExpressionError, KeyError):
            continue
    return {name: value for name, value in document.items() if value is not None}
