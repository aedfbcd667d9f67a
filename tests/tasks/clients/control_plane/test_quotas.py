"""The cores that a region and a workspace have left, and the sizes that the subscription may not have."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from support.emulator.management import Management
from support.emulator.running import RunningEmulator

from tasks.clients.connect import Azure
from tasks.domain.azure.quota import check_restrictions
from tasks.domain.common.errors import QuotaExceeded
from tasks.domain.common.target import AzureTarget

GPU = "Standard_NC6s_v3"


@pytest.fixture
def restricted(emulator: RunningEmulator) -> Iterator[str]:
    """A size that this subscription can't have in its region."""
    emulator.control("POST", "/restricted-sizes", {"region": "westeurope", "sizes": [GPU]})
    yield GPU
    emulator.control("POST", "/restricted-sizes", {"region": "westeurope", "sizes": []})


def test_a_part_that_is_assigned_to_the_workspace_counts(
    emulator: RunningEmulator, azure: Azure, ready: AzureTarget
) -> None:
    """The region has plenty; the workspace was given less. A family that is nobody's is unknown."""
    region = azure.quotas.read("Standard_F4s_v2")
    assert region
    assert (region.workspace, region.cores) == ("", 4)
    place = f"{ready.subscription_path}/providers/Microsoft.MachineLearningServices/locations/westeurope"
    part = {"id": f"{ready.workspace_id}/quotas/standardFSv2Family", "type": "quotas", "limit": 6, "unit": "Count"}
    Management(emulator).ask("POST", f"{place}/updateQuotas", {"value": [part]}, "2023-04-01-preview")
    quota = azure.quotas.read("Standard_F4s_v2")
    assert quota
    assert (quota.workspace, quota.free, quota.family) == (ready.workspace, 6, "standardFSv2Family")
    assert azure.quotas.read("Standard_Nowhere") is None


def test_a_size_that_the_subscription_may_not_have(azure: Azure, restricted: str) -> None:
    """Azure would let the deployment wait for hours; the refusal says where to look and what to choose."""
    azure.quotas.require_available("Standard_DS3_v2")
    with pytest.raises(QuotaExceeded, match="not available to this subscription in westeurope") as told:
        azure.quotas.require_available(restricted)
    assert "NotAvailableForSubscription" in str(told.value)
    assert f"az vm list-skus --location westeurope --size {restricted}" in told.value.hint


@pytest.mark.parametrize(("zones", "refused"), [(["1"], False), (["1", "2", "3"], True)])
def test_a_size_that_is_missing_in_zones(zones: list[str], refused: bool) -> None:
    """One zone that lacks it leaves the others; all of them leave nothing."""
    restriction = {"type": "Zone", "reasonCode": "NotAvailableForSubscription", "restrictionInfo": {"zones": zones}}
    sku = {"name": GPU, "locationInfo": [{"zones": ["1", "2", "3"]}], "restrictions": [restriction]}
    if not refused:
        check_restrictions(sku, "westeurope")
        return
    with pytest.raises(QuotaExceeded):
        check_restrictions(sku, "westeurope")
