"""How many cores an online deployment needs, and whether a region has them."""

from __future__ import annotations

import math
from typing import Final

from pydantic import BaseModel, ConfigDict

from tasks.domain.common.errors import QuotaExceeded

# Azure keeps a fifth more instances than asked for, for upgrades.
# learn.microsoft.com/azure/machine-learning/how-to-manage-quotas
RESERVE: Final = 1.2


class Machines(BaseModel):
    """The machines of an online deployment."""

    model_config = ConfigDict(frozen=True)

    instance_type: str
    instance_count: int


class Quota(BaseModel):
    """A region's quota for a family of sizes.

    Attributes:
        cores: Of one instance of the size that was asked about.
        used: Cores in use, the reserve included.
    """

    model_config = ConfigDict(frozen=True)

    family: str
    cores: int
    used: int
    limit: int


def cores_needed(instances: int, cores: int) -> int:
    """What Azure counts for so many instances."""
    return math.ceil(round(RESERVE * instances, 6)) * cores


def quota_sentence(machines: Machines, quota: Quota, freed: int = 0) -> str:
    """What is needed and what there is, for the report.

    Args:
        freed: Cores that become free before they are needed.

    Raises:
        QuotaExceeded: When there is too little.
    """
    needed, free = cores_needed(machines.instance_count, quota.cores), quota.limit - quota.used + freed
    told = (
        f"{machines.instance_count} × {machines.instance_type} need {needed} cores of {quota.family}; "
        f"{max(free, 0)} of {quota.limit} are free"
    )
    if needed > free:
        raise QuotaExceeded(
            f"there is too little quota for the next online deployment: {told}",
            "Ask for more quota in the portal, choose a smaller instance_type or fewer instances, or delete what is "
            "not used. Azure counts 20 percent more instances than asked for.",
        )
    return told
