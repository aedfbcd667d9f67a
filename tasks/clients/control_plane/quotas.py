"""The quota of a region for online deployments, and the sizes that the subscription may have there."""

from __future__ import annotations

from typing import Final
from urllib.parse import urlencode

from tasks.clients.control_plane.workspaces import WORKSPACE_API
from tasks.clients.transport.arm import Arm
from tasks.clients.transport.wire import Json
from tasks.domain.azure.quota import Quota, check_restrictions
from tasks.domain.common.target import AzureTarget

_PROVIDER: Final = "providers/Microsoft.MachineLearningServices/locations"
_SKUS_API: Final = "2021-07-01"


class Quotas:
    """The quota of the target's region."""

    def __init__(self, target: AzureTarget, arm: Arm) -> None:
        self._place = f"{target.subscription_path}/{_PROVIDER}/{target.location}"
        self._skus = f"{target.subscription_path}/providers/Microsoft.Compute/skus"
        self._region = target.location
        self._workspace = target.workspace_id
        self._arm = arm

    def read(self, instance_type: str) -> Quota | None:
        """Read the quota of an instance type's family; None if the region lists no such size or family.

        A part of the region's quota may be assigned to the workspace: the one with fewer free cores is returned.
        """
        sizes = self._arm.read_all(f"list the sizes of {self._region}", f"{self._place}/vmSizes", WORKSPACE_API)
        size = next((one for one in sizes if str(one.get("name")).lower() == instance_type.lower()), None)
        if size is None:
            return None
        usages = self._arm.read_all(f"read the quota of {self._region}", f"{self._place}/usages", WORKSPACE_API)
        found = [quota for one in usages if (quota := self._quota_in(one, size))]
        return min(found, key=lambda quota: quota.free, default=None)

    def _quota_in(self, usage: Json, size: Json) -> Quota | None:
        family, inside = str(size.get("family") or ""), _workspace_of(str(usage.get("id") or ""))
        if str((usage.get("name") or {}).get("value")).lower() != family.lower():
            return None
        if inside and inside.lower() != self._workspace.lower():
            return None
        return Quota(
            family=family,
            cores=int(size["vCPUs"]),
            used=int(usage.get("currentValue") or 0),
            limit=int(usage.get("limit") or 0),
            workspace=inside.rsplit("/", 1)[-1],
        )

    def require_available(self, instance_type: str) -> None:
        """Check that the subscription may have a size in the region.

        Raises:
            QuotaExceeded: When it is restricted there.
        """
        query = urlencode({"$filter": f"location eq '{self._region}'", "api-version": _SKUS_API})
        address = f"{self._skus}?{query}"
        for sku in self._arm.read_all(f"list the sizes of virtual machines in {self._region}", address, ""):
            if str(sku.get("name")).lower() == instance_type.lower() and sku.get("resourceType") == "virtualMachines":
                check_restrictions(sku, self._region)


def _workspace_of(usage_id: str) -> str:
    workspace, separator, _ = usage_id.partition("/usages/")
    return workspace if separator and "/workspaces/" in workspace else ""
