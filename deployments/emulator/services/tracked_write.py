"""A write to a tracked resource: the request, the existing resource, and the location."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from deployments.emulator.core import Emulator
from deployments.emulator.errors import bad_request, conflict
from deployments.emulator.http.call import Call
from deployments.emulator.services.resources.subscriptions import REGIONS, region_named
from deployments.emulator.state import Resource


@dataclass(slots=True)
class Write:
    """One write: the whole requested document (a PATCH is merged into the existing one), and the existing resource."""

    call: Call
    id: str
    document: dict[str, Any]
    existing: Resource | None
    private: dict[str, Any] = field(default_factory=dict)

    @property
    def emulator(self) -> Emulator:
        return self.call.emulator

    @property
    def name(self) -> str:
        return self.id.rsplit("/", 1)[-1]

    @property
    def properties(self) -> dict[str, Any]:
        """The requested properties, without those that are null."""
        return {name: value for name, value in (self.document.get("properties") or {}).items() if value is not None}

    def kept(self, name: str, first: Any) -> Any:
        """A property that Azure fills at creation and keeps."""
        return self.existing.properties.get(name, first) if self.existing else first


def location_of(write: Write, kind: str) -> str:
    """Return the location: requested at creation, unchangeable afterwards.

    Raises:
        ArmError: 400 LocationRequired or LocationNotAvailableForResourceType, 409 InvalidResourceLocation.
    """
    given = write.document.get("location")
    existing: str = write.existing.body["location"] if write.existing else ""
    location = region_named(given) if given else existing
    if not given and not existing:
        raise bad_request("LocationRequired", "The location property is required for this definition.")
    if not location:
        raise bad_request(
            "LocationNotAvailableForResourceType",
            f"The provided location '{given}' is not available for resource type '{kind}'. "
            f"List of available regions for the resource type is '{','.join(REGIONS)}'.",
        )
    if existing and location != existing:
        raise conflict(
            "InvalidResourceLocation",
            f"The resource '{write.name}' already exists in location '{existing}' in resource group "
            f"'{write.id.split('/')[4]}'. A resource with the same name cannot be created in location '{location}'. "
            "Please select a new resource name.",
        )
    return location


def merge(base: dict[str, Any], changes: dict[str, Any]) -> dict[str, Any]:
    """A PATCH carried out on a document: objects are merged, except tags, which are replaced."""
    found = dict(base)
    for name, value in changes.items():
        both = isinstance(value, dict) and isinstance(found.get(name), dict) and name != "tags"
        found[name] = merge(found[name], value) if both else value
    return found
