"""The cores that an online deployment needs, compared with a region's quota."""

from __future__ import annotations

import math
from typing import Final

from pydantic import BaseModel

from tasks.domain.common.errors import QuotaExceeded

# Azure reserves 20 percent more instances than requested, for upgrades.
# learn.microsoft.com/azure/machine-learning/how-to-manage-quotas
RESERVE: Final = 1.2


class Machines(BaseModel, frozen=True):
    """The machines of an online deployment."""

    instance_type: str
    instance_count: int


class Quota(BaseModel, frozen=True):
    """A region's quota for a family of sizes.

    Attributes:
        cores: Cores of one instance of the size.
        used: Cores in use, the reserve included.
    """

    family: str
    cores: int
    used: int
    limit: int


def cores_needed(instances: int, cores: int) -> int:
    """Return the cores that Azure counts for a number of instances."""
    return math.ceil(round(RESERVE * instances, 6)) * cores


def quota_sentence(machines: Machines, quota: Quota, freed: int = 0) -> str:
    """Return the needed and the free cores in one sentence, for the report.

    Args:
        freed: Cores that are released before they are needed.

    Raises:
        QuotaExceeded: When the quota is too low.
    """
    needed, free = cores_needed(machines.instance_count, quota.cores), quota.limit - quota.used + freed
    sentence = (
        f"{machines.instance_count} × {machines.instance_type} need {needed} cores of {quota.family}; "
        f"{max(free, 0)} of {quota.limit} are free"
    )
    if needed > free:
        raise QuotaExceeded(
            f"the quota is too low for the new online deployment: {sentence}",
            "Request more quota in the portal, choose a smaller instance_type or fewer instances, or delete unused "
            "deployments. Azure counts 20 percent more instances than requested.",
        )
    return sentence
