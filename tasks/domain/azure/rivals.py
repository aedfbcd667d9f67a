"""Which of two versions of a model is newer, and when that makes a rollout needless."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final

from pydantic import BaseModel, ConfigDict

_ID: Final = re.compile(r"/models/(?P<name>[^/]+)/versions/(?P<version>[^/]+)$", re.IGNORECASE)


class DeployedModel(BaseModel):
    """One version of a model of a workspace or a registry."""

    model_config = ConfigDict(frozen=True)

    place: str
    name: str
    version: str

    def __str__(self) -> str:
        return f"{self.name}:{self.version}"

    def reaches(self, other: DeployedModel) -> bool:
        """Whether it is the other one or a newer one. Versions that are no numbers have no order."""
        same = (self.place.lower(), self.name.lower()) == (other.place.lower(), other.name.lower())
        return same and (self.version == other.version or self._is_after(other))

    def _is_after(self, other: DeployedModel) -> bool:
        return self.version.isdecimal() and other.version.isdecimal() and int(self.version) > int(other.version)


class Rival(BaseModel):
    """Another run that is to redeploy the same endpoint.

    Attributes:
        model: What it brings, if that is a model version.
    """

    model_config = ConfigDict(frozen=True)

    run: str
    model: DeployedModel | None = None


def model_version(identity: str) -> DeployedModel | None:
    """The model version of an ARM id, or of an id in a registry; None where it names none."""
    found = _ID.search(identity)
    return (
        DeployedModel(place=identity[: found.start()], name=found["name"], version=found["version"]) if found else None
    )


def superseded_by(asked: DeployedModel | None, live: DeployedModel | None, rivals: Iterable[Rival]) -> str:
    """Why a model version need not be rolled out, in a sentence; empty where it should be."""
    if asked is None:
        return ""
    if live and live.reaches(asked):
        return f"{live} serves already" if live.version == asked.version else f"{live} serves, which is newer"
    newer = (one for one in rivals if one.model and one.model.reaches(asked) and one.model.version != asked.version)
    rival = next(newer, None)
    return f"flow run {rival.run} is to roll out {rival.model}, which is newer" if rival else ""
