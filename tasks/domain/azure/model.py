"""A registered model version, and which of two is newer."""

from __future__ import annotations

import re
import uuid
from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Final

from pydantic import BaseModel, ConfigDict, Field

from tasks.domain.common.arm_id import WorkspaceId

ASSET_NAME: Final = re.compile(r"[A-Za-z0-9_][\w.-]{0,254}", re.ASCII)
AssetName = Annotated[str, Field(pattern=r"^[A-Za-z0-9_][A-Za-z0-9_.-]{0,254}$")]


class ModelVersion(BaseModel):
    """One version of a model in a workspace's registry.

    Attributes:
        time: When it was registered; None where nobody says.
        event_id: The event that told of it; empty where it was found by looking.
    """

    model_config = ConfigDict(frozen=True)

    workspace: WorkspaceId
    model: AssetName
    version: AssetName
    tags: dict[str, str] = {}
    properties: dict[str, str] = {}
    time: datetime | None = None
    event_id: str = ""

    @property
    def path(self) -> str:
        """Its ARM id."""
        return f"{self.workspace.path}/models/{self.model}/versions/{self.version}"

    def prefect_id(self, *, admitted: bool) -> uuid.UUID:
        """The id of its Prefect event: the same for each delivery of its event, and for a look that finds it.

        An admission has an id of its own, so that a version may be told of first and admitted later, each once.
        """
        what = "admitted" if admitted else "registered"
        return uuid.uuid5(uuid.NAMESPACE_URL, f"{self.path.lower()}?{what}")


class SeenVersion(BaseModel):
    """The newest version of a model that was admitted, or is deployed.

    Attributes:
        time: When it was registered; None where nobody says.
        admitted: When it was admitted; None where it was found deployed.
    """

    model_config = ConfigDict(frozen=True)

    version: str
    time: datetime | None = None
    admitted: datetime | None = None


Newest = Mapping[str, SeenVersion]
"""By model name in lower case."""


def is_newer(one: SeenVersion | ModelVersion, other: SeenVersion | None) -> bool:
    """Whether a version comes after another: by number where both are numbers, by time otherwise."""
    if other is None:
        return True
    if one.version.isdecimal() and other.version.isdecimal():
        return int(one.version) > int(other.version)
    if one.time and other.time:
        return one.time > other.time
    return one.version != other.version


def is_older(one: ModelVersion, other: SeenVersion | None) -> bool:
    """Whether a version comes before another; the same one does not, nor one of which nobody can say."""
    same = other is None or one.version == other.version
    undated = (
        other is not None
        and not (one.version.isdecimal() and other.version.isdecimal())
        and not (one.time and other.time)
    )
    return not same and not undated and not is_newer(one, other)


class ModelRecord(BaseModel):
    """What was admitted in one workspace: the newest version of each model."""

    model_config = ConfigDict(frozen=True)

    workspace: str
    newest: dict[str, SeenVersion] = {}

    def joined(self, other: Newest) -> ModelRecord:
        """Both together; of two versions of a model the newer one stays."""
        merged = dict(self.newest)
        for model, seen in other.items():
            if is_newer(seen, merged.get(model)):
                merged[model] = seen
        return self.model_copy(update={"newest": merged})
