"""What a redeployment brings: another model version, another online deployment file, or the same again."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Annotated, Final, Literal, Self

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from tasks.domain.azure.model import DeployedModel

RevisionKind = Literal["same_again", "model", "file"]

_ASSET: Final = re.compile(r"(?:azureml:)?(?P<name>[^:/@]+):(?P<version>[^:/@]+)")
_WHOLE: Final = ("azureml://registries/", "/subscriptions/")


def _as_text(value: object) -> object:
    """Azure's events carry a version as text in one schema and as a number in the other."""
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else value


class Revision(BaseModel):
    """What is new. Everything else stays as the online deployment has it that serves now."""

    model_config = ConfigDict(frozen=True, extra="forbid", title="What is new")

    kind: RevisionKind = Field(
        default="same_again",
        title="What is new",
        description=(
            "same_again: fresh instances of what serves now. model: that with another model version. "
            "file: what an online deployment's YAML file says."
        ),
    )
    model: str = Field(
        default="",
        title="Model",
        description="For model: azureml:NAME:VERSION, NAME with the version below, or the ARM id of a version.",
    )
    model_version: Annotated[str, BeforeValidator(_as_text)] = Field(
        default="", title="Model version", description="For model: the version, where it is not part of the name."
    )
    versions: Literal["newer", "any"] = Field(
        default="newer",
        title="Versions",
        description="For model: newer: nothing happens where this version, or a newer one, serves already or waits.",
    )
    file: str = Field(
        default="",
        title="Online deployment file",
        description="For file: its path on the worker. The name in it is not used: the next color is.",
    )

    @model_validator(mode="after")
    def _is_one_thing(self) -> Self:
        if (self.kind == "model") != bool(self.model or self.model_version):
            raise ValueError("kind model goes with a model, and no other kind does.")
        if (self.kind == "file") != bool(self.file):
            raise ValueError("kind file goes with a file, and no other kind does.")
        if self.kind == "model" and not (self._is_whole or _ASSET.fullmatch(self._asset)):
            raise ValueError(
                f"{self._asset!r} names no model version: write azureml:NAME:VERSION, with one version and no label."
            )
        return self

    @property
    def title(self) -> str:
        """What is new, in words."""
        if self.kind == "model":
            return f"model {_short(self._asset.rpartition('/models/')[2].removeprefix('azureml:'))}"
        return self.file if self.kind == "file" else "the same again"

    def model_id(self, workspace_id: str) -> str:
        """The model's id as an online deployment names it; empty where the model stays."""
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
    """A model without a name of its own is called by the hash of its content: more than a title can hold."""
    return re.sub(r"[0-9a-f]{32,}", lambda found: f"{found[0][:8]}…", asset)


class ConcurrentRollout(BaseModel):
    """Another run that is to redeploy the same endpoint.

    Attributes:
        model: What it brings, if that is a model version.
    """

    model_config = ConfigDict(frozen=True)

    run: str
    model: DeployedModel | None = None


def superseded_by(
    desired: DeployedModel | None, live: DeployedModel | None, concurrent: Iterable[ConcurrentRollout]
) -> str:
    """Why a model version need not be rolled out, in a sentence; empty where it should be."""
    if desired is None:
        return ""
    if live and live.reaches(desired):
        return f"{live} serves already" if live.version == desired.version else f"{live} serves, which is newer"
    for one in concurrent:
        if one.model and one.model.reaches(desired) and one.model.version != desired.version:
            return f"flow run {one.run} is to roll out {one.model}, which is newer"
    return ""
