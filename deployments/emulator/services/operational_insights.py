"""Microsoft.OperationalInsights: Log Analytics workspaces (the management side; queries are served elsewhere)."""

from __future__ import annotations

import uuid
from typing import Any

from deployments.emulator.http.call import Answer, Call
from deployments.emulator.http.routing import Route
from deployments.emulator.services.storage import accounts
from deployments.emulator.services.tracked import TrackedType
from deployments.emulator.services.tracked_write import Write


def routes() -> list[Route]:
    """Workspaces and their keys."""
    return [*WORKSPACES.routes(), Route("POST", WORKSPACES.path + "/{name}/sharedKeys", _shared_keys)]


def _build(write: Write) -> dict[str, Any]:
    desired = write.properties
    now = write.emulator.clock.timestamp()
    features = {"legacy": 0, "searchVersion": 1, "enableLogAccessUsingOnlyResourcePermissions": True}
    capping = {"dailyQuotaGb": -1, "quotaNextResetTime": now, "dataIngestionStatus": "RespectQuota"}
    sku = (desired.get("sku") or {}).get("name") or "PerGB2018"
    write.private.update(
        write.existing.private if write.existing else {"keys": [accounts.new_key(), accounts.new_key()]}
    )
    return {
        "properties": {
            "provisioningState": "Succeeded",
            "customerId": write.kept("customerId", str(uuid.uuid4())),
            "sku": {"name": sku, "lastSkuUpdate": write.kept("createdDate", now)},
            "retentionInDays": desired.get("retentionInDays", 30),
            "features": {**features, **(desired.get("features") or {})},
            "workspaceCapping": write.kept("workspaceCapping", capping),
            "publicNetworkAccessForIngestion": desired.get("publicNetworkAccessForIngestion", "Enabled"),
            "publicNetworkAccessForQuery": desired.get("publicNetworkAccessForQuery", "Enabled"),
            "createdDate": write.kept("createdDate", now),
            "modifiedDate": now,
        }
    }


def _shared_keys(call: Call) -> Answer:
    first, second = WORKSPACES.require(call).private["keys"]
    return Answer(200, {"primarySharedKey": first, "secondarySharedKey": second})


WORKSPACES = TrackedType("Microsoft.OperationalInsights", "workspaces", _build, working="Creating")
set_up = WORKSPACES.set_up
