"""A present workspace becomes what the spec says, or is refused where Azure allows no change."""

from typing import Any

import pytest

from tasks.domain.azure.networking.network import ManagedNetwork
from tasks.domain.azure.workspace import Workspace, WorkspaceChanges, WorkspaceSpec, changes_for
from tasks.domain.common.errors import InvalidSpec

ACR = "/subscriptions/s/resourceGroups/r/providers/Microsoft.ContainerRegistry/registries/"


def workspace(**fields: Any) -> Workspace:
    """A workspace as the default spec would have it, with some fields changed."""
    present = {
        "id": "/w",
        "name": "churn",
        "location": "westeurope",
        "provisioning_state": "Succeeded",
        "public_network_access": "disabled",
        "managed_network": ManagedNetwork(isolation_mode="AllowOnlyApprovedOutbound"),
    }
    return Workspace(**{**present, **fields})


@pytest.mark.parametrize(
    ("spec", "present", "changes"),
    [
        ({}, {}, {}),
        ({}, {"public_network_access": "enabled", "image_build_compute": "builder"}, {}),
        (
            {"public_network_access": "disabled"},
            {"public_network_access": "enabled"},
            {"public_network_access": "disabled"},
        ),
        ({"image_build_compute": "Builder"}, {"image_build_compute": "builder"}, {}),
        ({"image_build_compute": "builder"}, {}, {"image_build_compute": "builder"}),
        ({}, {"managed_network": ManagedNetwork()}, {"isolation_mode": "allow_only_approved_outbound"}),
        (
            {"isolation_mode": "allow_internet_outbound"},
            {"managed_network": ManagedNetwork()},
            {"isolation_mode": "allow_internet_outbound"},
        ),
        ({"container_registry": f"{ACR}One"}, {"container_registry": f"{ACR}one"}, {}),
        ({}, {"location": "West Europe"}, {}),
    ],
)
def test_changes(spec: dict[str, Any], present: dict[str, Any], changes: dict[str, Any]) -> None:
    """Only what the spec names and the workspace lacks is changed."""
    found = changes_for(WorkspaceSpec(**spec), "westeurope", workspace(**present))
    assert found == WorkspaceChanges(**changes)
    assert found.are_needed is bool(changes)


@pytest.mark.parametrize(
    ("spec", "present", "said"),
    [
        ({}, {"location": "northeurope"}, "is in northeurope, not in westeurope"),
        ({"isolation_mode": "allow_internet_outbound"}, {}, "can't be changed"),
        ({}, {"v1_legacy_mode": True}, "v1_legacy_mode"),
        ({"container_registry": f"{ACR}two"}, {"container_registry": f"{ACR}one"}, "has the container registry"),
    ],
)
def test_refusals(spec: dict[str, Any], present: dict[str, Any], said: str) -> None:
    """What can't be changed is refused with what to do instead."""
    with pytest.raises(InvalidSpec, match=said) as caught:
        changes_for(WorkspaceSpec(**spec), "westeurope", workspace(**present))
    assert caught.value.hint
