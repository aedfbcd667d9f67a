"""Microsoft.Insights: Application Insights components, and diagnostic settings of any resource."""

from __future__ import annotations

import uuid
from typing import Any

from deployments.emulator.core import Emulator
from deployments.emulator.errors import ArmError, bad_request
from deployments.emulator.http.call import Answer, Call
from deployments.emulator.http.routing import Route
from deployments.emulator.services.metrics import routes as metrics
from deployments.emulator.services.scopes import at_every_scope
from deployments.emulator.services.tracked import TrackedType
from deployments.emulator.services.tracked_write import Write
from deployments.emulator.state import Resource

SETTINGS = "/providers/Microsoft.Insights/diagnosticSettings"
DESTINATIONS = ("workspaceId", "storageAccountId", "eventHubAuthorizationRuleId", "marketplacePartnerId")


def routes() -> list[Route]:
    """Components, metrics, and diagnostic settings at every scope."""
    return [
        *COMPONENTS.routes(),
        *metrics.routes(),
        *at_every_scope("GET", SETTINGS, _list_settings),
        *at_every_scope("GET", SETTINGS + "/{setting}", _get_setting),
        *at_every_scope("PUT", SETTINGS + "/{setting}", _put_setting),
        *at_every_scope("DELETE", SETTINGS + "/{setting}", _delete_setting),
    ]


def settings_of(emulator: Emulator, resource_id: str) -> list[Resource]:
    """The diagnostic settings of a resource."""
    return emulator.resources.members(resource_id + SETTINGS)


def _build(write: Write) -> dict[str, Any]:
    desired = write.properties
    now = write.emulator.clock.timestamp()
    key = write.kept("InstrumentationKey", str(uuid.uuid4()))
    application = write.kept("AppId", str(uuid.uuid4()))
    location = write.document.get("location") or (write.existing.body["location"] if write.existing else "")
    endpoint = f"https://{str(location).replace(' ', '').lower()}.in.applicationinsights.azure.com/"
    properties = {
        "ApplicationId": write.name,
        "AppId": application,
        "Application_Type": desired.get("Application_Type", "web"),
        "Flow_Type": desired.get("Flow_Type", "Bluefield"),
        "Request_Source": desired.get("Request_Source", "rest"),
        "InstrumentationKey": key,
        "ConnectionString": f"InstrumentationKey={key};IngestionEndpoint={endpoint};ApplicationId={application}",
        "CreationDate": write.kept("CreationDate", now),
        "TenantId": write.emulator.directory.tenant_id,
        "RetentionInDays": desired.get("RetentionInDays", 90),
        "IngestionMode": "LogAnalytics" if desired.get("WorkspaceResourceId") else "ApplicationInsights",
        "publicNetworkAccessForIngestion": desired.get("publicNetworkAccessForIngestion", "Enabled"),
        "publicNetworkAccessForQuery": desired.get("publicNetworkAccessForQuery", "Enabled"),
        "provisioningState": "Succeeded",
    }
    if desired.get("WorkspaceResourceId"):
        properties["WorkspaceResourceId"] = _log_workspace(write.emulator, desired["WorkspaceResourceId"])
    _put_companions(write)
    return {"kind": write.document.get("kind") or "web", "properties": properties}


def _put_companions(write: Write) -> None:
    """The action group and the alert rule that Azure adds to a group when it makes a component there, untagged."""
    group = "/".join(write.id.split("/")[:5])
    for kind, name in (
        ("microsoft.insights/actionGroups", "Application Insights Smart Detection"),
        ("microsoft.alertsmanagement/smartDetectorAlertRules", f"Failure Anomalies - {write.name}"),
    ):
        identity = f"{group}/providers/{kind}/{name}"
        if write.emulator.resources.get(identity) is None:
            write.emulator.resources.create(identity, {"enabled": True}, location="global")


def _log_workspace(emulator: Emulator, identity: str) -> str:
    if emulator.resources.get(identity) is None:
        raise bad_request("BadRequest", f"The Log Analytics workspace '{identity}' does not exist.")
    return identity


def _target(call: Call) -> Resource:
    return call.emulator.resources.require(call.path[: call.path.lower().rindex(SETTINGS.lower())])


def _list_settings(call: Call) -> Answer:
    return Answer(200, {"value": [setting.body for setting in settings_of(call.emulator, _target(call).id)]})


def _get_setting(call: Call) -> Answer:
    _target(call)
    found = call.emulator.resources.get(call.path)
    if found is None:
        raise ArmError(
            404,
            "ResourceNotFound",
            f"The diagnostic setting '{call.params['setting']}' was not found on this resource.",
        )
    return Answer(200, found.body)


def _put_setting(call: Call) -> Answer:
    target = _target(call)
    given = call.json().get("properties") or {}
    if not any(given.get(name) for name in DESTINATIONS):
        raise bad_request("BadRequest", "At least one data sink needs to be specified.")
    if given.get("workspaceId"):
        _log_workspace(call.emulator, given["workspaceId"])
    identity = f"{target.id}{SETTINGS}/{call.params['setting']}"
    return Answer(200, call.emulator.resources.create(identity, {"logs": [], "metrics": [], **given}).body)


def _delete_setting(call: Call) -> Answer:
    _target(call)
    return Answer(200 if call.emulator.removal.remove(call.path) else 204)


COMPONENTS = TrackedType("Microsoft.Insights", "components", _build, new_is_201=False)
set_up = COMPONENTS.set_up
