"""The policies at and above the resource group: read before anything is created, since they may deny it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from tasks.clients.transport.arm import Arm
from tasks.clients.transport.wire import Json
from tasks.domain.azure.governance.policy import Demand, Policy, demands
from tasks.domain.common import errors
from tasks.domain.common.target import AzureTarget

_ASSIGNMENTS_API: Final = "2022-06-01"
_DEFINITIONS_API: Final = "2021-06-01"
_SET: Final = "/policysetdefinitions/"


class Policies:
    """Azure Policy at the target's resource group."""

    def __init__(self, target: AzureTarget, arm: Arm) -> None:
        self._target = target
        self._arm = arm

    def check(self, *, new_group: bool) -> tuple[str, ...]:
        """Refuse a target whose resources a policy would deny, such as for a tag that is missing; only reads.

        Initiatives are not read: they hold hundreds of definitions.

        Returns:
            Warnings: that the policies could not be read.

        Raises:
            InvalidSpec: With every demand, and where to meet it.
        """
        try:
            policies = tuple(self._policies(new_group=new_group))
        except (errors.AccessDenied, errors.NotFound, errors.RequestRefused) as error:
            return (f"Azure Policy was not checked, whose demands show when a resource is created: {error.message}",)
        found = demands(policies, self._target.location, self._target.tags, new_group=new_group)
        if found:
            raise _denied(self._target.resource_group, found)
        return ()

    def _policies(self, *, new_group: bool) -> Iterator[Policy]:
        scope = self._target.subscription_path if new_group else self._target.resource_group_id
        path = f"{scope}/providers/Microsoft.Authorization/policyAssignments"
        for one in self._arm.read_all("list policy assignments", path, _ASSIGNMENTS_API):
            properties = one.get("properties") or {}
            identity = str(properties.get("policyDefinitionId") or "")
            if identity and _SET not in identity.lower() and self._applies(one["id"], properties):
                definition = self._arm.find(f"read policy definition of {one['name']}", identity, _DEFINITIONS_API)
                if definition:
                    yield _as_policy(one, definition)

    def _applies(self, identity: str, properties: Json) -> bool:
        """Whether an assignment is enforced, at or above the group, and does not leave the group out."""
        group = f"{self._target.resource_group_id}/".lower()
        scope = str(properties.get("scope") or identity.rpartition("/providers/")[0]).lower()
        is_above = group.startswith(f"{scope}/") or "/managementgroups/" in scope
        left_out = any(group.startswith(f"{one}/".lower()) for one in properties.get("notScopes") or ())
        return is_above and not left_out and properties.get("enforcementMode") != "DoNotEnforce"


def _as_policy(assignment: Json, definition: Json) -> Policy:
    properties, defined = assignment["properties"], definition["properties"]
    defaults = {
        name: one["defaultValue"] for name, one in (defined.get("parameters") or {}).items() if "defaultValue" in one
    }
    given = {name: one.get("value") for name, one in (properties.get("parameters") or {}).items()}
    return Policy(
        title=properties.get("displayName") or assignment["name"],
        assignment_id=assignment["id"],
        mode=str(defined.get("mode") or "Indexed"),
        rule=defined.get("policyRule") or {},
        parameters=defaults | given,
    )


def _denied(group: str, found: list[Demand]) -> errors.InvalidSpec:
    names = sorted({name for one in found for name in one.tags})
    fill = (
        f"Fill in Tags of the target, tags: {', '.join(names)}; they are put on everything that is created. "
        if names
        else ""
    )
    return errors.InvalidSpec(
        f"Azure Policy would deny what is created in resource group {group}: {'; '.join(map(str, found))}",
        f"{fill}The owner of the policy knows what it allows, and can exempt the resource group: "
        f"{found[0].policy.assignment_id}.",
    )
