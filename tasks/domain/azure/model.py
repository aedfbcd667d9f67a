"""Model versions: registered, admitted or deployed, and their one order."""

from __future__ import annotations

import re
import uuid
from collections.abc import Iterable, Mapping
from datetime import datetime
from functools import cmp_to_key
from typing import Annotated, Final, Protocol, Self

from pydantic import BaseModel, Field

from tasks.domain.common.arm_id import WorkspaceId
from tasks.domain.common.redaction import SafeTexts

_ID: Final = re.compile(r"(?P<place>.*)/models/(?P<name>[^/]+)/versions/(?P<version>[^/]+)", re.IGNORECASE)
ASSET_NAME: Final = re.compile(r"[A-Za-z0-9_][\w.-]{0,254}", re.ASCII)
AssetName = Annotated[str, Field(pattern=r"^[A-Za-z0-9_][A-Za-z0-9_.-]{0,254}$")]


class _Version(Protocol):
    """A version with the time of its registration; None where unknown."""

    @property
    def version(self) -> str: ...

    @property
    def time(self) -> datetime | None: ...


class ModelVersion(BaseModel, frozen=True):
    """One version of a model in a workspace's registry.

    Attributes:
        time: When it was registered; None where unknown.
        event_id: The event that reported it; empty where it was found in the registry.
    """

    workspace: WorkspaceId
    model: AssetName
    version: AssetName
    tags: SafeTexts = {}
    properties: SafeTexts = {}
    time: datetime | None = None
    event_id: str = ""

    @property
    def path(self) -> str:
        """Its ARM id."""
        return f"{self.workspace.path}/models/{self.model}/versions/{self.version}"

    def prefect_id(self, *, admitted: bool) -> uuid.UUID:
        """Return the id of its Prefect event: the same for each delivery, and for a run that finds it in the registry.

        An admission has an id of its own, so that a version may be reported first and admitted later, each once.
        """
        what = "admitted" if admitted else "registered"
        return uuid.uuid5(uuid.NAMESPACE_URL, f"{self.path.lower()}?{what}")


class NewestVersion(BaseModel, frozen=True):
    """The newest version of a model that was admitted, or is deployed.

    Attributes:
        time: When it was registered; None where unknown.
        admitted: When it was admitted; None where it was found deployed.
    """

    version: str
    time: datetime | None = None
    admitted: datetime | None = None


Newest = Mapping[str, NewestVersion]
"""By model name in lower case."""


def compared(one: _Version, other: _Version) -> int | None:
    """Compare two versions of one model: by number where both are numbers, else by registration time.

    Returns:
        Positive where the first is newer, 0 for the same one, negative where it is older; None where neither number
        nor time decides.
    """
    if one.version == other.version:
        return 0
    if one.version.isdecimal() and other.version.isdecimal():
        return int(one.version) - int(other.version)
    if one.time and other.time:
        return (one.time > other.time) - (one.time < other.time)
    return None


def is_newer(one: _Version, other: _Version | None) -> bool:
    """Return whether a version comes after another; one with an unknown order counts as newer."""
    order = 1 if other is None else compared(one, other)
    return order is None or order > 0


def newest_first(versions: Iterable[ModelVersion]) -> list[ModelVersion]:
    """Sort versions, the newest first."""

    def order(one: ModelVersion, other: ModelVersion) -> int:
        return compared(one, other) or 0

    return sorted(versions, key=cmp_to_key(order), reverse=True)


class ModelRecord(BaseModel, frozen=True):
    """The newest admitted version of each model of one workspace."""

    workspace: str
    newest: dict[str, NewestVersion] = {}

    def joined(self, other: Newest) -> ModelRecord:
        """Return both records merged; of two versions of a model, the newer one stays."""
        merged = dict(self.newest)
        for model, seen in other.items():
            if is_newer(seen, merged.get(model)):
                merged[model] = seen
        return self.model_copy(update={"newest": merged})


class ModelRegistry(BaseModel, frozen=True):
    """The registered versions of some models, and the newest deployed ones by model name in lower case."""

    versions: tuple[ModelVersion, ...] = ()
    deployed: dict[str, NewestVersion] = {}


class DeployedModel(BaseModel, frozen=True):
    """One version of a model of a workspace or a registry, as an online deployment names it."""

    place: str
    name: str
    version: str
    time: datetime | None = None

    def __str__(self) -> str:
        return f"{self.name}:{self.version}"

    @classmethod
    def parse(cls, text: str) -> Self | None:
        """Read an ARM id, or an id in a registry; None where it names no version of a model."""
        found = _ID.fullmatch(text)
        return cls.model_validate(found.groupdict()) if found else None

    def reaches(self, other: DeployedModel) -> bool:
        """Return whether it is the other version or a newer one. Versions that are not numbers need a time."""
        same = (self.place.lower(), self.name.lower()) == (other.place.lower(), other.name.lower())
        order = compared(self, other)
        return same and order is not None and order >= 0


def newest_of(model: str, ids: Iterable[str], found: Iterable[ModelVersion]) -> NewestVersion | None:
    """Return the newest version of a model among ARM ids of model versions, or None where there is none."""
    times = {one.version.lower(): one.time for one in found if one.model.lower() == model.lower()}
    newest: NewestVersion | None = None
    for one in (DeployedModel.parse(text) for text in ids):
        if one and one.name.lower() == model.lower():
            seen = NewestVersion(version=one.version, time=times.get(one.version.lower()))
            newest = seen if is_newer(seen, newest) else newest
    return newest
