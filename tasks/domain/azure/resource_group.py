"""A resource group and its resources."""

from __future__ import annotations

from pydantic import BaseModel


class ResourceGroup(BaseModel, frozen=True):
    """A resource group as Azure returns it."""

    id: str
    name: str
    location: str
    provisioning_state: str = ""
    tags: dict[str, str] = {}


class Resource(BaseModel, frozen=True):
    """One resource in a group's listing.

    Attributes:
        created: When Azure created it, in Azure's own form: one that was made again under its name has another time.
    """

    id: str
    name: str
    type: str
    location: str = ""
    created: str = ""
    tags: dict[str, str] = {}
