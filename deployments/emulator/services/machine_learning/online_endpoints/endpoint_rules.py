"""Azure's rules for online endpoints, checked before one is accepted."""

from __future__ import annotations

from typing import Any

from deployments.emulator.core import Emulator
from deployments.emulator.services.machine_learning.identities import managed
from deployments.emulator.services.machine_learning.ids import location_of
from deployments.emulator.services.machine_learning.refusals import inferencing_error, invalid_request, user_error
from deployments.emulator.state import Resource

AUTH_MODES = {"key": "Key", "amltoken": "AMLToken", "aadtoken": "AADToken"}
ACCESS = {"enabled": "Enabled", "disabled": "Disabled"}
HIGHEST_MIRROR = 50
UPDATE_FAILED = "InferencingClientUpdateEndpointFailed"

Traffic = dict[str, int]


def check_workspace(workspace: Resource, region: str) -> None:
    """Check that the workspace can have an endpoint in this region.

    Raises:
        ArmError: 400, where its v1 legacy mode is on (guide, limitations) or the region is another one; 409, where it
            is going.
    """
    if workspace.properties.get("v1LegacyMode"):
        raise user_error(
            "V1LegacyMode == true: online endpoints cannot be created in this workspace, "
            "because its v1_legacy_mode disables the v2 API. See https://aka.ms/amlv2network."
        )
    if workspace.properties["provisioningState"] not in ("Succeeded", "Updating"):
        state = workspace.properties["provisioningState"]
        raise user_error(f"Workspace '{workspace.name}' is in {state} provisioning state.", 409)
    if region != location_of(workspace):
        raise invalid_request(
            "InvalidLocation",
            f"The endpoint's location '{region}' must be that of its workspace, '{location_of(workspace)}'.",
        )


def check_identity(endpoint: Resource, desired: dict[str, Any]) -> None:
    """Check that a request leaves an endpoint's identity as it is; one without an identity means a system-assigned one.

    Source: learn.microsoft.com/azure/machine-learning/how-to-access-resources-from-endpoints-managed-identities.

    Raises:
        ArmError: 400, where it would change.
    """
    present = endpoint.body["identity"]
    if not managed.is_same(present, desired):
        raise user_error(
            f"The identity of endpoint {endpoint.name} cannot be changed from '{present['type']}' "
            f"({', '.join(managed.users_of(present)) or 'system'}) to '{managed.kind_of(desired)}' "
            f"({', '.join(managed.users_of(desired)) or 'system'}): identities are immutable once the endpoint is "
            "created."
        )


def check_key_vault(emulator: Emulator, workspace: Resource, auth_mode: str) -> None:
    """Key-based authentication keeps its keys in the workspace's key vault (guide, troubleshooting).

    Raises:
        ArmError: 400, where the vault's firewall refuses all callers and Azure services aren't excepted.
    """
    vault = emulator.resources.get(workspace.properties.get("keyVault", ""))
    if vault is None or auth_mode != "Key":
        return
    rules = vault.properties.get("networkAcls") or {}
    denies = str(rules.get("defaultAction", "Allow")).lower() == "deny"
    closed = denies or str(vault.properties.get("publicNetworkAccess", "Enabled")).lower() == "disabled"
    if closed and str(rules.get("bypass", "AzureServices")).lower() != "azureservices":
        raise invalid_request(
            "ForbiddenByFirewall",
            "Client address is not authorized and caller is not a trusted service. "
            f"Key-based authentication needs access to the key vault '{vault.id}' of the workspace: "
            "set the bypass of its network rules to AzureServices.",
        )


def auth_mode(given: Any) -> str:
    """The authentication mode in Azure's spelling.

    Raises:
        ArmError: 400, where the mode does not exist.
    """
    found = AUTH_MODES.get(str(given).lower())
    if found is None:
        raise user_error(f"'{given}' is not an authMode; these are: {', '.join(AUTH_MODES.values())}.")
    return found


def access(given: Any) -> str:
    """Public network access in Azure's spelling; SDKs send it in lower case.

    Raises:
        ArmError: 400, where it is neither Enabled nor Disabled.
    """
    found = ACCESS.get(str(given or "Enabled").lower())
    if found is None:
        raise user_error(f"'{given}' is not a publicNetworkAccess; these are: Enabled, Disabled.")
    return found


def check_traffic(live: Traffic, mirrored: Traffic, deployments: set[str]) -> None:
    """Check both traffic maps (docs: how-to-safely-rollout-online-endpoints).

    Raises:
        ArmError: 400, where live traffic doesn't sum to 0 or 100, where mirrored traffic is more than 50 %, goes to
            several deployments or to one with live traffic, and where a name is not that of an online deployment.
    """
    unknown = sorted((live.keys() | mirrored.keys()) - deployments)
    if unknown:
        raise inferencing_error(
            "Traffic",
            f"These deployments of the traffic map do not exist in the endpoint: {', '.join(unknown)}.",
            code=UPDATE_FAILED,
        )
    _check_live(live)
    _check_mirrored(live, mirrored)


def _check_live(live: Traffic) -> None:
    if any(not 0 <= percent <= 100 for percent in live.values()):
        raise inferencing_error("Traffic", "Each traffic percentage must be between 0 and 100.", code=UPDATE_FAILED)
    if sum(live.values()) not in (0, 100):
        raise inferencing_error(
            "Traffic",
            f"The traffic percentages must sum to 0 or 100; they sum to {sum(live.values())}.",
            code=UPDATE_FAILED,
        )


def _check_mirrored(live: Traffic, mirrored: Traffic) -> None:
    receiving = [name for name, percent in mirrored.items() if percent]
    if len(receiving) > 1:
        raise inferencing_error("MirrorTraffic", "Traffic can be mirrored to one deployment only.", code=UPDATE_FAILED)
    if any(not 0 <= percent <= HIGHEST_MIRROR for percent in mirrored.values()):
        raise inferencing_error(
            "MirrorTraffic", f"The mirrored traffic must be between 0 and {HIGHEST_MIRROR} percent.", code=UPDATE_FAILED
        )
    if any(live.get(name) for name in receiving):
        raise inferencing_error(
            "MirrorTraffic",
            f"Deployment {receiving[0]} cannot have both live and mirrored traffic.",
            code=UPDATE_FAILED,
        )


def lower(traffic: dict[str, Any] | None) -> Traffic:
    """A traffic map with names in lower case, as the service keeps it."""
    return {name.lower(): int(percent or 0) for name, percent in (traffic or {}).items()}
