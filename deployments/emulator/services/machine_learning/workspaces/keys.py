"""Keys of the resources that a workspace is made of."""

from __future__ import annotations

from typing import Any

from deployments.emulator.http.call import Answer, Call
from deployments.emulator.http.routing import Route
from deployments.emulator.services.machine_learning.ids import WORKSPACE, workspace_of
from deployments.emulator.services.storage import accounts


def routes() -> list[Route]:
    """Return the routes that list and resynchronize keys."""
    return [
        Route("POST", WORKSPACE + "/listKeys", _list),
        Route("POST", WORKSPACE + "/resyncKeys", _resync),
    ]


def _list(call: Call) -> Answer:
    properties = workspace_of(call).properties
    key, _ = accounts.keys_of(call.emulator, properties["storageAccount"].rsplit("/", 1)[-1])
    found: dict[str, Any] = {"userStorageKey": key, "userStorageArmId": properties["storageAccount"]}
    insights = call.emulator.resources.get(properties.get("applicationInsights", ""))
    if insights and insights.properties.get("InstrumentationKey"):
        found["appInsightsInstrumentationKey"] = insights.properties["InstrumentationKey"]
    return Answer(200, found)


def _resync(call: Call) -> Answer:
    workspace_of(call)
    return Answer(200)
