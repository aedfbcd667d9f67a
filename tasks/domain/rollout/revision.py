"""The change that a redeployment makes: a model version, an online deployment file, or the current version again."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Annotated, Final, Literal, Self

from pydantic import BaseModel, BeforeValidator, Field, model_validator

from tasks.domain.azure.model import DeployedModel

RevisionKind = Literal["same_again", "model", "file"]

_ASSET: Final = re.compile(r"(?:azureml:)?(?P<name>[^:/@]+):(?P<version>[^:/@]+)")
_WHOLE: Final = ("azureml://registries/", "/subscriptions/")


def _as_text(value: object) -> object:
    """Azure's events carry a version as text in one schema and as a number in the other."""
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else value


class Revision(BaseModel, frozen=True, extra="forbid", title="What is new", use_attribute_docstrings=True):
    """The change. Everything else stays as in the stable deployment."""

    kind: RevisionKind = Field(
        default="same_again",
        title="What is new",
        description=(
            "same_again: redeploy the current version. model: the same with another model version. "
            "file: an online deployment's YAML file."
        ),
    )
    model: str = ""
    """For model: azureml:NAME:VERSION, NAME with the version below, or the ARM id of a version."""
    model_version: Annotated[str, BeforeValidator(_as_text)] = Field(default="", title="Model version")
    """For model: the version, where it is not part of the name."""
    versions: Literal["newer", "any"] = "newer"
    """For model: newer: skip if this version, or a newer one, already serves or is queued."""
    file: str = Field(default="", title="Online deployment file")
    """For file: its path on the worker. Its `name:` is ignored; the next free color is used."""

    @model_validator(mode="after")
    def _is_one_thing(self) -> Self:
        if (self.kind == "model") != bool(self.model or self.model_version):
            raise ValueError("kind model requires a model, and no other kind takes one.")
        if (self.kind == "file") != bool(self.file):
            raise ValueError("kind file requires a file, and no other kind takes one.")
        if self.kind == "model" and not (self._is_whole or _ASSET.fullmatch(self._asset)):
            raise ValueError(f"{self._asset!r} is not a valid model version: write azureml:NAME:VERSION, not a label.")
        return self

    @property
    def title(self) -> str:
        """The change, in words."""
        if self.kind == "model":
            return f"model {_short(self._asset.rpartition('/models/')[2].removeprefix('azureml:'))}"
        return self.file if self.kind == "file" else "the current version"

    def model_id(self, workspace_id: str) -> str:
        """Return the model's id as an online deployment names it; empty where the model stays."""
        found = None if self._is_whole else _ASSET.fullmatch(self._asset)
        if not found:
            return self.model
        return f"{workspace_id}/models/{found['name']}/versions/{found['version']}"

    @property
    def _is_whole(self) -> bool:
        return self.model.startswith(_WHOLE)

    @property
    def _asset(self) -> str:
        return f"{self.model}:{self.model_version}" if self.model_version else self.model


def _short(asset: str) -> str:
    """Shorten the hashes in an asset's name: a model without a name is named after its content's hash."""
    return re.sub(r"[0-9a-f]{32,}", lambda found: f"{found[0][:8]}…", asset)


class ConcurrentRollout(BaseModel, frozen=True):
    """Another run that will redeploy the same endpoint.

    Attributes:
        model: Its model version, if it deploys one.
    """

    run: str
    model: DeployedModel | None = None


def superseded_by(
    desired: DeployedModel | None, live: DeployedModel | None, concurrent: Iterable[ConcurrentRollout]
) -> str:
    """Return why a model version need not be rolled out, in a sentence; empty where it should be."""
    if desired is None:
        return ""
    if live and live.reaches(desired):
        return f"{live} already serves" if live.version == desired.version else f"{live} serves, which is newer"
    for one in concurrent:
        if one.model and one.model.reaches(desired) and one.model.version != desired.version:
            return f"flow run {one.run} will roll out {one.model}, which is newer"
    return ""
