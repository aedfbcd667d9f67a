"""The tags that mark this project's resources, and the rules for their removal."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Collection, Iterable, Mapping
from typing import Final

from pydantic import BaseModel

from tasks.domain.azure.resource_group import Resource
from tasks.domain.common.commands import argument

OWNERSHIP_TAGS: Final[Mapping[str, str]] = {"managed-by": "azureml-endpoint-ops"}
# A digest of the id of the resource that this project created: tags are copied, by policies and by people.
MARKER_TAG: Final = "azureml-endpoint-ops-id"
_MARKER_CHARS: Final = 16
_NOTHING: Final[Mapping[str, Collection[str]]] = {}

# Azure creates these two beside an Application Insights component, without tags, under these names.
_INTERFACE: Final = "microsoft.network/networkinterfaces"
_COMPONENTS: Final = "microsoft.insights/components"
_ACTION_GROUP: Final = ("microsoft.insights/actiongroups", "application insights smart detection")
_ALERT_RULE: Final = ("microsoft.alertsmanagement/smartdetectoralertrules", "failure anomalies - {component}")


class Holdings(BaseModel, frozen=True):
    """The resources of a group, split by ownership."""

    ours: tuple[Resource, ...] = ()
    foreign: tuple[Resource, ...] = ()


def is_owned(tags: Mapping[str, str] | None, resource_id: str) -> bool:
    """Return whether the tags say that this project created this very resource.

    A copy of the tags on another resource, by a policy or a person, doesn't count: the marker names one id. Azure keeps
    the case of tag names but compares them case-insensitively, and so does this.
    """
    present = {name.lower(): value for name, value in (tags or {}).items()}
    return all(present.get(name.lower()) == value for name, value in with_ownership(None, resource_id).items())


def belongs_to(workspace_id: str, resource_id: str, tags: Mapping[str, str] | None) -> bool:
    """Return whether this project's template made a resource that the workspace names.

    The template puts the workspace's tags on all that it makes; a registry of the team's own has none of them.
    """
    return is_owned(tags, resource_id) or is_owned(tags, workspace_id)


def with_ownership(tags: Mapping[str, str] | None, resource_id: str) -> dict[str, str]:
    """Return the tags with ours added; ours win."""
    return {**(tags or {}), **OWNERSHIP_TAGS, MARKER_TAG: _marker(resource_id)}


def handover(resource_id: str) -> str:
    """The command with which the owner of a resource hands it over to this project."""
    pairs = " ".join(f"{name}={value}" for name, value in with_ownership(None, resource_id).items())
    return f"az tag update --resource-id {argument(resource_id)} --operation Merge --tags {pairs}"


def _marker(resource_id: str) -> str:
    return hashlib.sha256(resource_id.lower().rstrip("/").encode()).hexdigest()[:_MARKER_CHARS]


def missing_tags(desired: Mapping[str, str], present: Mapping[str, str]) -> dict[str, str]:
    """Return the tags that a resource lacks or has with another value; names compare case-insensitively."""
    shown = {name.lower(): value for name, value in present.items()}
    return {name: value for name, value in desired.items() if shown.get(name.lower()) != value}


def sort_holdings(resources: Iterable[Resource], named: Mapping[str, Collection[str]] = _NOTHING) -> Holdings:
    """Split resources into ours and foreign ones.

    Ours are those with our tags for their own id; those that a resource of ours names and that were made with it; and
    the companions that Azure adds to a component of ours. Everything else is foreign, also inside a workspace of ours.

    Args:
        resources: All of them.
        named: What resources of ours name, by their id: a workspace its storage, vault, registry and insights with
            their Log Analytics workspace, a private endpoint its network interfaces.
    """
    known = tuple(resources)
    owners = {one.lower(): owner for owner, ids in named.items() for one in ids}

    def is_ours(one: Resource) -> bool:
        owner = owners.get(one.id.lower(), "")
        return is_owned(one.tags, one.id) or (owner != "" and _was_made_with(owner, one))

    owned = {one.id for one in known if is_ours(one)}
    companions = _companions(one.name for one in known if one.type.lower() == _COMPONENTS and one.id in owned)
    ours = tuple(one for one in known if one.id in owned or (one.type.lower(), one.name.lower()) in companions)
    return Holdings(ours=ours, foreign=tuple(one for one in known if one not in ours))


def _was_made_with(owner_id: str, one: Resource) -> bool:
    if one.type.lower() == _INTERFACE:  # Azure's own, without tags
        return True
    return belongs_to(owner_id, one.id, one.tags) or is_made_by_azure(owner_id, one.id, one.tags)


def is_made_by_azure(workspace_id: str, registry_id: str, tags: Mapping[str, str] | None) -> bool:
    """Return whether Azure made a registry for a workspace with its first image: beside it, without tags."""
    group = workspace_id.lower().split("/providers/")[0]
    made = rf"{re.escape(group)}/providers/microsoft\.containerregistry/registries/[0-9a-f]{{32}}"
    return not tags and re.fullmatch(made, registry_id.lower()) is not None


def _companions(components: Iterable[str]) -> set[tuple[str, str]]:
    kind, name = _ALERT_RULE
    rules = {(kind, name.format(component=component.lower())) for component in components}
    return rules | {_ACTION_GROUP} if rules else set()
