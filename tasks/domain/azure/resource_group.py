"""A resource group and its resources."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict


class ResourceGroup(BaseModel):
    """A resource group as Azure returns it."""

    model_config = ConfigDict(frozen=True)

    id: str
    name: str
    location: str
    provisioning_state: str = ""
    tags: dict[str, str] = {}


class Resource(BaseModel):
    """One resource in a group's listing."""

    model_config = ConfigDict(frozen=True)

    id: str
    name: str
    type: str
    location: str = ""
    tags: dict[str, str] = {}
