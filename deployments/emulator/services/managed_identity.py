"""Microsoft.ManagedIdentity: user-assigned identities, which are principals that roles can be assigned to."""

from __future__ import annotations

import re
import uuid
from typing import Any

from deployments.emulator.core import Emulator
from deployments.emulator.errors import bad_request
from deployments.emulator.services.tracked import TrackedType
from deployments.emulator.services.tracked_write import Write
from deployments.emulator.state import Resource

IDENTITY_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{2,127}")


def _build(write: Write) -> dict[str, Any]:
    """Return the ids of the identity: Azure gives them once, an identity made again has others.

    Source: learn.microsoft.com/azure/templates/microsoft.managedidentity/userassignedidentities
    """
    if not IDENTITY_NAME.fullmatch(write.name):
        raise bad_request(
            "InvalidResourceName",
            f"The identity name '{write.name}' is invalid. It must start with a letter or number, can contain letters, "
            "numbers, hyphens and underscores, and must be between 3 and 128 characters long.",
        )
    ids = {name: write.kept(name, str(uuid.uuid4())) for name in ("principalId", "clientId")}
    return {"properties": {"tenantId": write.emulator.directory.tenant_id, **ids}}


def _written(emulator: Emulator, identity: Resource) -> None:
    """Show no provisioning state: these resources have none."""
    del identity.properties["provisioningState"]
    emulator.resources.save(identity)


IDENTITIES = TrackedType("Microsoft.ManagedIdentity", "userAssignedIdentities", _build, written=_written)
routes, set_up = IDENTITIES.routes, IDENTITIES.set_up
