"""The tags that mark this project's resources, and the rules for their removal."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final

from pydantic import BaseModel

from tasks.domain.azure.resource_group import Resource

OWNERSHIP_TAGS: Final[Mapping[str, str]] = {"managed-by": "azureml-endpoint-ops"}

# Azure creates these two beside an Application Insights component, without tags, under these names.
_COMPONENTS: Final = "microsoft.insights/components"
_ACTION_GROUP: Final = ("microsoft.insights/actiongroups", "application insights smart detection")
_ALERT_RULE: Final = ("microsoft.alertsmanagement/smartdetectoralertrules", "failure anomalies - {component}")


class Holdings(BaseModel, frozen=True):
    """The resources of a group, split by ownership."""

    ours: tuple[Resource, ...] = ()
    foreign: tuple[Resource, ...] = ()


def is_owned(tags: Mapping[str, str] | None) -> bool:
    """Return whether the tags say that this project created the resource.

    Azure keeps the case of tag names but compares them case-insensitively, and so does this.
    """
    present = {name.lower(): value for name, value in (tags or {}).items()}
    return all(present.get(name.lower()) == value for name, value in OWNERSHIP_TAGS.items())


def with_ownership(tags: Mapping[str, str] | None) -> dict[str, str]:
    """Return the tags with ours added; ours win."""
    return {**(tags or {}), **OWNERSHIP_TAGS}


def missing_tags(desired: Mapping[str, str], present: Mapping[str, str]) -> dict[str, str]:
    """Return the tags that a resource lacks or has with another value; names compare case-insensitively."""
    shown = {name.lower(): value for name, value in present.items()}
    return {name: value for name, value in desired.items() if shown.get(name.lower()) != value}


def sort_holdings(resources: Iterable[Resource], associated_ids: Iterable[str] = ()) -> Holdings:
    """Split resources into ours and foreign ones.

    Ours are those that carry our tags, their children, those named in ``associated_ids`` (the
    storage, vault, registry and insights of a workspace that is ours: Azure creates some of them
    later, without tags) and the companions that Azure adds to a component of ours; a team's own action group stays
    foreign.
    """
    known = tuple(resources)
    owned = {r.id.lower() for r in known if is_owned(r.tags)} | {i.lower() for i in associated_ids}

    def ours(resource: Resource) -> bool:
        key = resource.id.lower()
        inherited = key in owned or any(key.startswith(f"{parent}/") for parent in owned)
        return inherited or (resource.type.lower(), resource.name.lower()) in companions

    companions = _companions(r.name for r in known if r.type.lower() == _COMPONENTS and r.id.lower() in owned)
    return Holdings(ours=tuple(r for r in known if ours(r)), foreign=tuple(r for r in known if not ours(r)))


def _companions(components: Iterable[str]) -> set[tuple[str, str]]:
    kind, name = _ALERT_RULE
    rules = {(kind, name.format(component=component.lower())) for component in components}
    return rules | {_ACTION_GROUP} if rules else set()
