"""The compute cluster that builds images where Azure's own builders can't reach storage or registry."""

from __future__ import annotations

from typing import Final

from tasks.clients.transport.arm import Arm
from tasks.clients.transport.wire import Call, Json, state_of
from tasks.domain.azure.ownership import with_ownership
from tasks.domain.azure.provisioning import has_failed
from tasks.domain.common import errors
from tasks.domain.common.commands import argument
from tasks.domain.common.target import AzureTarget

_API: Final = "2023-08-01-preview"
_SIZE: Final = "Standard_DS3_v2"
# No node runs, or costs anything, unless an image is being built.
_SCALE: Final = {"minNodeCount": 0, "maxNodeCount": 1, "nodeIdleTimeBeforeScaleDown": "PT120S"}


class Computes:
    """The computes of the target's workspace."""

    def __init__(self, target: AzureTarget, arm: Arm) -> None:
        self._target = target
        self._arm = arm

    def exists(self, name: str) -> bool:
        """Whether the workspace has a compute of this name."""
        return self._arm.find(f"read compute {name}", self._path(name), _API) is not None

    def create_if_absent(self, name: str, *, limit_seconds: float = 1800) -> bool:
        """Create a cluster of one node at most, and wait until it is there; leave an existing compute unchanged.

        Returns:
            True when it was created.

        Raises:
            ProvisioningFailed: With Azure's reason; also when a compute is there that has failed.
        """
        present = self._arm.settle(f"compute {name}", self._path(name), _API, limit_seconds=limit_seconds)
        if present is not None:
            if has_failed(state_of(present)):
                raise errors.ProvisioningFailed(
                    f"compute {name} is there, but its creation failed",
                    f"Delete it, then run again: az ml compute delete --name {argument(name)} --resource-group "
                    f"{argument(self._target.resource_group)} --workspace-name {self._target.workspace}",
                )
            return False
        cluster = {"vmSize": _SIZE, "scaleSettings": _SCALE, "enableNodePublicIp": False}
        properties: Json = {"computeType": "AmlCompute", "properties": cluster}
        body = {
            "location": self._target.location,
            "tags": with_ownership(self._target.tags, self._path(name)),
            "properties": properties,
        }
        self._arm.run(Call(f"create compute {name}", "PUT", self._path(name), _API, body), limit_seconds=limit_seconds)
        return True

    def _path(self, name: str) -> str:
        return f"{self._target.workspace_id}/computes/{name}"
