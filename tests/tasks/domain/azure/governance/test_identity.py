"""The identity of an endpoint, and what a user-assigned one needs, judged without Azure."""

from __future__ import annotations

from typing import Any

import pytest

from tasks.domain.azure.governance.access import Permission
from tasks.domain.azure.governance.identity import (
    PULL_ROLE,
    READ_ROLE,
    EndpointIdentity,
    NeededRole,
    as_identity,
    check_same_identity,
    image_origin,
)
from tasks.domain.common.errors import InvalidSpec

USER = "/subscriptions/s/resourceGroups/g/providers/Microsoft.ManagedIdentity/userAssignedIdentities/scorer"
ACR = "Microsoft.ContainerRegistry/registries"
BLOBS = "Microsoft.Storage/storageAccounts/blobServices/containers/blobs"


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (None, EndpointIdentity()),
        ({"type": "SystemAssigned", "principalId": "p"}, EndpointIdentity()),
        (
            {"type": "UserAssigned", "userAssignedIdentities": {USER: {}}},
            EndpointIdentity(is_system=False, users=(USER,)),
        ),
        ({"type": "None"}, EndpointIdentity(is_system=False)),
        (
            {"type": "systemassigned,userassigned", "userAssignedIdentities": {USER: {}}},
            EndpointIdentity(is_system=True, users=(USER,)),
        ),
    ],
)
def test_an_identity_is_read_from_any_spelling(body: dict[str, Any] | None, expected: EndpointIdentity) -> None:
    """No identity in a body means a system-assigned one."""
    assert as_identity(body) == expected


def test_another_identity_is_refused_with_both_named() -> None:
    """Azure changes the case of ids, which is no change of the identity."""
    present = EndpointIdentity(is_system=False, users=(USER,))
    check_same_identity("e", present, EndpointIdentity(is_system=False, users=(USER.lower(),)), "endpoint.yml")
    with pytest.raises(InvalidSpec, match=r"endpoint e has /sub.*/scorer, and endpoint.yml asks for a system-assigned"):
        check_same_identity("e", present, EndpointIdentity(), "endpoint.yml")


@pytest.mark.parametrize(
    ("role", "permission", "enough"),
    [
        (PULL_ROLE, Permission(actions=(f"{ACR}/pull/read",)), True),
        (PULL_ROLE, Permission(actions=("*",)), True),
        (PULL_ROLE, Permission(actions=(f"{ACR}/read",)), False),
        (READ_ROLE, Permission(data_actions=(f"{BLOBS}/read",)), True),
        (READ_ROLE, Permission(data_actions=(f"{BLOBS}/*",)), True),
        (READ_ROLE, Permission(actions=("*",)), False),
    ],
)
def test_any_role_with_the_right_is_enough(role: str, permission: Permission, enough: bool) -> None:
    """Contributor may pull images, and may not read blobs."""
    assert NeededRole(role=role, scope="/s", target="it").is_given_by([permission]) == enough


@pytest.mark.parametrize(
    ("environment", "origin"),
    [
        ({"conda_file": "conda.yml", "image": "mcr.microsoft.com/base"}, "workspace"),
        ({"build": {"path": "docker"}}, "workspace"),
        ({"image": "Own.azurecr.io/scorer:1"}, "own.azurecr.io"),
        ({"image": "mcr.microsoft.com/azureml/minimal"}, ""),
        ("azureml:registered:1", ""),
        (None, ""),
    ],
)
def test_only_private_images_are_pulled_with_the_identity(environment: Any, origin: str) -> None:
    """Microsoft's own registry takes no identity; MLflow models without an environment use it."""
    assert image_origin({"environment": environment}) == origin
