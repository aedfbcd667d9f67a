"""What a teardown would remove, and what forbids it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal

from pydantic import BaseModel, ConfigDict

from tasks.domain.azure.endpoint import Endpoint
from tasks.domain.azure.online_deployment import OnlineDeployment
from tasks.domain.azure.ownership import OWNERSHIP_TAGS, Holdings, is_owned
from tasks.domain.azure.private_access import Left, PrivateAccessParts
from tasks.domain.azure.resource_group import Resource, ResourceGroup
from tasks.domain.common.approval import Proposal, digest
from tasks.domain.common.errors import NotOwned
from tasks.domain.common.markdown import escaped, table

TeardownScope = Literal["endpoint", "resource_group"]

_ENDPOINT_TYPE = "Microsoft.MachineLearningServices/workspaces/onlineEndpoints"


class TeardownPlan(BaseModel):
    """What a teardown removes.

    Attributes:
        what: The endpoint or the resource group, for a reader.
        removes: What carries our ownership tags, or belongs to what does.
        foreign: What does not, and would be removed with the rest: forbids the teardown.
        leaves: Parts of the workspace's private access that stay, with the reason.
    """

    model_config = ConfigDict(frozen=True)

    what: str
    removes: tuple[Resource, ...] = ()
    foreign: tuple[Resource, ...] = ()
    leaves: tuple[Left, ...] = ()

    def require_ours(self) -> None:
        """Refuse a plan that would remove anything foreign.

        Raises:
            NotOwned: With the names of what is foreign.
        """
        if not self.foreign:
            return
        names = ", ".join(f"{one.name} ({one.type})" for one in self.foreign)
        tag = ", ".join(f"{name}={value}" for name, value in OWNERSHIP_TAGS.items())
        raise NotOwned(
            f"{self.what} holds what these flows did not make: {names}. Nothing was removed",
            f"Move or remove that first, or tag it {tag} if it may go.",
        )


def plan_endpoint(name: str, endpoint: Endpoint | None, online_deployments: Iterable[OnlineDeployment]) -> TeardownPlan:
    """The removal of an endpoint with its online deployments; of nothing where it is absent."""
    if endpoint is None:
        return TeardownPlan(what=f"endpoint {name}")
    found = [_resource(endpoint, _ENDPOINT_TYPE)]
    found += [_resource(one, f"{_ENDPOINT_TYPE}/deployments") for one in online_deployments]
    return TeardownPlan(
        what=f"endpoint {name}",
        removes=tuple(one for one in found if is_owned(one.tags)),
        foreign=tuple(one for one in found if not is_owned(one.tags)),
    )


def plan_resource_group(
    name: str, group: ResourceGroup | None, holdings: Holdings, private_access: PrivateAccessParts
) -> TeardownPlan:
    """The removal of a resource group with all that it holds; of nothing where it is absent.

    Parts of the private access go with it wherever they are. One in the group that others use forbids the removal.
    """
    if group is None:
        return TeardownPlan(what=f"resource group {name}")
    itself = Resource(id=group.id, name=group.name, type="resource group", location=group.location, tags=group.tags)
    owned = is_owned(group.tags)
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


def teardown_markdown(plan: TeardownPlan, *, done: str) -> str:
    """The plan as a report; ``done`` says what became of it."""
    removes = table(("removes", "type", "id"), [(one.name, one.type, one.id) for one in plan.removes])
    foreign = table(("not ours", "type", "id"), [(one.name, one.type, one.id) for one in plan.foreign])
    leaves = table(("stays", "why", "id"), [(one.resource.name, one.reason, one.resource.id) for one in plan.leaves])
    parts = [f"# Teardown of {plan.what}", escaped(done), removes or "Nothing is there to remove.", foreign, leaves]
    return "\n\n".join(part for part in parts if part) + "\n"


def proposal_of(plan: TeardownPlan) -> Proposal:
    """The plan as a person is asked to approve it."""
    ids = sorted(one.id.lower() for one in plan.removes)
    return Proposal(
        key=f"teardown-{digest(ids)}",
        summary=f"Remove {plan.what}, with {len(ids)} resources in all.",
        markdown=_proposal_markdown(plan),
    )


def _proposal_markdown(plan: TeardownPlan) -> str:
    """As the narrow form shows it: a list, no table."""
    rows = "\n".join(f"- **{escaped(one.name)}** ({escaped(one.type.rpartition('/')[2])})" for one in plan.removes)
    stays = "".join(f"\n- {escaped(one.resource.name)}: {escaped(one.reason)}" for one in plan.leaves)
    left = f"\nThis stays:\n{stays}\n" if stays else ""
    return f"Remove {escaped(plan.what)}? It can't be brought back. This goes, and nothing else:\n\n{rows}\n{left}"


def _resource(one: Endpoint | OnlineDeployment, kind: str) -> Resource:
    return Resource(id=one.id, name=one.name, type=kind, tags=one.tags)
