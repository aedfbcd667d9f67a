"""Plan a teardown: the resources that it removes, and those that forbid it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal

from pydantic import BaseModel

from tasks.domain.azure.endpoint import Endpoint
from tasks.domain.azure.governance.soft_delete import TakenName
from tasks.domain.azure.networking.private_access import Left, PrivateAccessParts
from tasks.domain.azure.online_deployment import OnlineDeployment
from tasks.domain.azure.ownership import Holdings, handover, is_owned
from tasks.domain.azure.resource_group import Resource, ResourceGroup
from tasks.domain.common.approval import Proposal, digest
from tasks.domain.common.errors import Conflict, NotOwned
from tasks.domain.common.markdown import code_block, escaped, section, table

TeardownScope = Literal["endpoint", "resource_group"]

_ENDPOINT_TYPE = "Microsoft.MachineLearningServices/workspaces/onlineEndpoints"


class TeardownPlan(BaseModel, frozen=True):
    """The resources that a teardown removes.

    Attributes:
        what: The endpoint or the resource group, in words.
        removes: Resources with our ownership tags, and their children.
        foreign: Resources without them that would be removed too: they forbid the teardown.
        leaves: Parts of the workspace's private access that stay, with the reason.
        names: Workspaces and key vaults whose names stay taken after the removal, unless they are purged.
        purge: True to purge them.
    """

    what: str
    removes: tuple[Resource, ...] = ()
    foreign: tuple[Resource, ...] = ()
    leaves: tuple[Left, ...] = ()
    names: tuple[TakenName, ...] = ()
    purge: bool = False

    def require_ours(self) -> None:
        """Refuse a plan that would remove anything foreign.

        Raises:
            NotOwned: With the names of the foreign resources.
        """
        if not self.foreign:
            return
        names = ", ".join(f"{one.name} ({one.type})" for one in self.foreign)
        raise NotOwned(
            f"{self.what} holds resources that these flows did not create: {names}. Nothing was removed",
            f"Move or remove them first. Or hand each over, which allows its removal: {handover(self.foreign[0].id)}",
        )

    def require_approved(self, approved: Iterable[Resource]) -> None:
        """Refuse a plan that removes anything beyond what was approved, such as what was made anew since.

        Raises:
            Conflict: With the names.
        """
        known = {_identity(one) for one in approved}
        new = [one for one in self.removes if _identity(one) not in known]
        if new:
            names = ", ".join(f"{one.name} ({one.type})" for one in new)
            raise Conflict(
                f"{self.what} changed since its removal was approved: {names}. Nothing was removed",
                "Run the teardown again: it shows the present list.",
            )


def plan_endpoint(name: str, endpoint: Endpoint | None, online_deployments: Iterable[OnlineDeployment]) -> TeardownPlan:
    """Plan the removal of an endpoint with its online deployments; an absent one gives an empty plan."""
    if endpoint is None:
        return TeardownPlan(what=f"endpoint {name}")
    found = [_resource(endpoint, _ENDPOINT_TYPE)]
    found += [_resource(one, f"{_ENDPOINT_TYPE}/deployments") for one in online_deployments]
    return TeardownPlan(
        what=f"endpoint {name}",
        removes=tuple(one for one in found if is_owned(one.tags, one.id)),
        foreign=tuple(one for one in found if not is_owned(one.tags, one.id)),
    )


def plan_resource_group(
    name: str, group: ResourceGroup | None, holdings: Holdings, private_access: PrivateAccessParts
) -> TeardownPlan:
    """Plan the removal of a resource group with its resources; an absent one gives an empty plan.

    Parts of the private access are removed wherever they are. One in the group that others use forbids the removal.
    """
    if group is None:
        return TeardownPlan(what=f"resource group {name}")
    itself = Resource(id=group.id, name=group.name, type="resource group", location=group.location, tags=group.tags)
    owned = is_owned(group.tags, group.id)
    inside = {one.id.lower() for one in (*holdings.ours, *holdings.foreign)}
    used = {one.resource.id.lower() for one in private_access.leaves} & inside
    elsewhere = tuple(one for one in private_access.removes if one.id.lower() not in inside)
    ours = tuple(one for one in holdings.ours if one.id.lower() not in used)
    foreign = (*(one for one in holdings.ours if one not in ours), *holdings.foreign)
    return TeardownPlan(
        what=f"resource group {name}",
        removes=(*elsewhere, *ours, *((itself,) if owned else ())),
        foreign=(*foreign, *(() if owned else (itself,))),
        leaves=tuple(one for one in private_access.leaves if one.resource.id.lower() not in inside),
    )


def teardown_markdown(plan: TeardownPlan, *, done: str, taken: str = "") -> str:
    """Return the plan as a report; ``done`` is the result in a sentence, ``taken`` the section on names."""
    removes = table(("removes", "type", "id"), [(one.name, one.type, one.id) for one in plan.removes])
    foreign = table(("not ours", "type", "id"), [(one.name, one.type, one.id) for one in plan.foreign])
    leaves = table(("stays", "why", "id"), [(one.resource.name, one.reason, one.resource.id) for one in plan.leaves])
    parts = [
        f"# Teardown of {plan.what}",
        escaped(done),
        removes or "There is nothing to remove.",
        foreign,
        leaves,
        taken,
    ]
    return "\n\n".join(part for part in parts if part) + "\n"


def proposal_of(plan: TeardownPlan) -> Proposal:
    """Return the plan as a proposal for manual approval."""
    ids = sorted(" ".join(_identity(one)) for one in plan.removes)
    return Proposal(
        key=f"teardown-{digest([*ids, 'purge'] if plan.purge else ids)}",
        summary=f"Remove {plan.what}: {len(ids)} resources in total.",
        markdown=_proposal_markdown(plan),
    )


def _proposal_markdown(plan: TeardownPlan) -> str:
    """Return the plan as a list, since the form is too narrow for a table."""
    rows = "\n".join(f"- **{escaped(one.name)}** ({escaped(one.type.rpartition('/')[2])})" for one in plan.removes)
    stays = "".join(f"\n- {escaped(one.resource.name)}: {escaped(one.reason)}" for one in plan.leaves)
    left = f"\nThis stays:\n{stays}\n" if stays else ""
    names = "".join(f"\n- {escaped(_fate(one, purge=plan.purge))}" for one in plan.names)
    taken = f"\nNames after the removal:\n{names}\n" if names else ""
    return f"Remove {escaped(plan.what)}? This can't be undone. It removes only:\n\n{rows}\n{left}{taken}"


def _fate(one: TakenName, *, purge: bool) -> str:
    """Return what a deletion does to a name, in a sentence."""
    what = f"{one.kind} {one.name}"
    if purge and not one.is_protected:
        return f"{what} is purged: its name is free at once, and it can't be recovered."
    until = f"until {one.until}" if one.until else f"for {one.days} days"
    protected = " Purge protection is on, so it can't be purged." if one.is_protected else ""
    return f"{what} can't be created again under this name {until}; until then it can be recovered.{protected}"


def taken_markdown(names: Iterable[TakenName]) -> str:
    """Return the report's section on names that stay taken: until when, and how to free them."""
    parts = [
        f"**{escaped(one.name)}** ({one.kind}): taken until {one.until}, unless it is "
        + ("recovered; purge protection is on.\n\n" if one.is_protected else "purged or recovered.\n\n")
        + code_block("\n".join(command for command in (one.purge(), one.recover()) if command))
        for one in names
    ]
    note = "A purged resource is gone for good. The purge of a workspace needs its resource group: create it first.\n\n"
    return section("Names that stay taken", note + "\n\n".join(parts) if parts else "")


def _resource(one: Endpoint | OnlineDeployment, kind: str) -> Resource:
    return Resource(id=one.id, name=one.name, type=kind, created=one.created, tags=one.tags)


def _identity(one: Resource) -> tuple[str, str]:
    return one.id.lower(), one.created
