"""The workspace's registered model versions."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Final

from tasks.clients.transport.arm import Arm
from tasks.clients.transport.wire import Json
from tasks.domain.azure.model import ASSET_NAME, ModelVersion
from tasks.domain.common import errors
from tasks.domain.common.arm_id import WorkspaceId
from tasks.domain.common.target import AzureTarget

MODEL_API: Final = "2023-08-01-preview"


class Models:
    """The registry of the target's workspace."""

    def __init__(self, target: AzureTarget, arm: Arm) -> None:
        self._target = target
        self._arm = arm

    def versions(self, name: str) -> tuple[ModelVersion, ...]:
        """List the versions of a model that are not archived; empty if the model does not exist."""
        path = f"{self._target.workspace_id}/models/{name}/versions"
        try:
            listing = self._arm.read_all(f"list the versions of model {name}", path, MODEL_API)
        except errors.NotFound:
            return ()
        place = WorkspaceId.of(self._target)
        return tuple(_as_version(place, name, one) for one in listing if ASSET_NAME.fullmatch(str(one["name"])))


def _as_version(place: WorkspaceId, name: str, body: Json) -> ModelVersion:
    properties = body.get("properties") or {}
    return ModelVersion(
        workspace=place,
        model=name,
        version=str(body["name"]),
        tags=_texts(properties.get("tags")),
        properties=_texts(properties.get("properties")),
        time=_time(body.get("systemData") or {}),
    )


def _texts(found: Mapping[str, Any] | None) -> dict[str, str]:
    return {name: str(value) for name, value in (found or {}).items()}


def _time(system_data: Mapping[str, Any]) -> datetime | None:
    try:
        moment = datetime.fromisoformat(str(system_data.get("createdAt")))
    except ValueError:
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
