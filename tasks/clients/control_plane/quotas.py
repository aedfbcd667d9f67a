"""The quota of a region for online deployments: its limit of cores, and the cores in use."""

from __future__ import annotations

from typing import Final

from tasks.clients.control_plane.workspaces import WORKSPACE_API
from tasks.clients.transport.arm import Arm
from tasks.domain.azure.quota import Quota
from tasks.domain.common.target import AzureTarget

_PROVIDER: Final = "providers/Microsoft.MachineLearningServices/locations"


class Quotas:
    """The quota of the target's region."""

    def __init__(self, target: AzureTarget, arm: Arm) -> None:
        self._place = f"{target.subscription_path}/{_PROVIDER}/{target.location}"
        self._region = target.location
        self._arm = arm

    def read(self, instance_type: str) -> Quota | None:
        """Read the quota of an instance type's family; None if the region lists no such size or family."""
        sizes = self._arm.read_all(f"list the sizes of {self._region}", f"{self._place}/vmSizes", WORKSPACE_API)
        size = next((one for one in sizes if str(one.get("name")).lower() == instance_type.lower()), None)
        if size is None:
            return None
        family = str(size.get("family") or "")
        usages = self._arm.read_all(f"read the quota of {self._region}", f"{self._place}/usages", WORKSPACE_API)
        for one in usages:
            if str((one.get("name") or {}).get("value")).lower() == family.lower():
                used, limit = int(one.get("currentValue") or 0), int(one.get("limit") or 0)
                return Quota(family=family, cores=int(size["vCPUs"]), used=used, limit=limit)
        return None
