"""What an online deployment needs of a region: cores of its quota, and a size that the subscription may have."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from typing import Any, Final

from pydantic import BaseModel

from tasks.domain.common.errors import QuotaExceeded

# Azure reserves 20 percent more instances than requested, for upgrades.
# learn.microsoft.com/azure/machine-learning/how-to-manage-quotas
RESERVE: Final = 1.2
# The sizes without that reserve:
# learn.microsoft.com/azure/machine-learning/reference-managed-online-endpoints-vm-sku-list
_NO_RESERVE: Final = re.compile(r"Standard_(NC\d+adi?s_[AH]100_v\d|ND\d+\w+(_[AH]100)?_v\d)", re.IGNORECASE)


class Machines(BaseModel, frozen=True):
    """The machines of an online deployment."""

    instance_type: str
    instance_count: int


class Quota(BaseModel, frozen=True):
    """The quota for a family of sizes.

    Attributes:
        cores: Cores of one instance of the size.
        used: Cores in use, the reserve included.
        workspace: The workspace that the quota was assigned to; empty for the region's.
    """

    family: str
    cores: int
    used: int
    limit: int
    workspace: str = ""

    @property
    def free(self) -> int:
        """Cores that are left; below zero where the limit was lowered afterwards."""
        return self.limit - self.used


def cores_needed(instances: int, cores: int, instance_type: str = "") -> int:
    """Return the cores that Azure counts for a number of instances."""
    factor = 1 if _NO_RESERVE.fullmatch(instance_type) else RESERVE
    return math.ceil(round(factor * instances, 6)) * cores


def quota_sentence(machines: Machines, quota: Quota, freed: int = 0) -> str:
    """Return the needed and the free cores in one sentence, for the report.

    Args:
        freed: Cores that are released before they are needed.

    Raises:
        QuotaExceeded: When the quota is too low.
    """
    needed, free = cores_needed(machines.instance_count, quota.cores, machines.instance_type), quota.free + freed
    place = f" in workspace {quota.workspace}" if quota.workspace else ""
    sentence = (
        f"{machines.instance_count} × {machines.instance_type} need {needed} cores of {quota.family}; "
        f"{max(free, 0)} of {quota.limit} are free{place}"
    )
    if needed > free:
        raise QuotaExceeded(
            f"the quota is too low for the new online deployment: {sentence}",
            "Request more quota in the portal, choose a smaller instance_type or fewer instances, or delete unused "
            "deployments. Azure counts 20 percent more instances than requested.",
        )
    return sentence


def check_restrictions(sku: Mapping[str, Any], location: str) -> None:
    """Check that the subscription may have a size in a region, by its entry in Microsoft.Compute's list.

    Azure doesn't refuse a deployment with such a size: it stays in the state Creating for an hour or more.

    Raises:
        QuotaExceeded: When the whole region, or each of its zones, is restricted.
    """
    zones = {zone for place in sku.get("locationInfo") or () for zone in place.get("zones") or ()}
    for restriction in sku.get("restrictions") or ():
        restricted = set((restriction.get("restrictionInfo") or {}).get("zones") or ())
        if restriction.get("type") == "Location" or (zones and restricted >= zones):
            raise QuotaExceeded(
                f"{sku.get('name')} is not available to this subscription in {location}: "
                f"{restriction.get('reasonCode') or 'no reason given'}",
                "Choose another instance_type or region, or ask Azure support to lift the restriction. To see all: "
                f"az vm list-skus --location {location} --size {sku.get('name')} --all --output table",
            )
