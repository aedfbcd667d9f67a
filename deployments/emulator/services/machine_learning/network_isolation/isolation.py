"""The rules of a workspace's managed network: isolation modes and outbound rules."""

from __future__ import annotations

import re
from typing import Any

from deployments.emulator.core import Emulator
from deployments.emulator.errors import ArmError
from deployments.emulator.services.machine_learning.refusals import validation_error
from deployments.emulator.state import Resource

Rules = dict[str, dict[str, Any]]

DISABLED, INTERNET, APPROVED = "Disabled", "AllowInternetOutbound", "AllowOnlyApprovedOutbound"
MODES = (DISABLED, INTERNET, APPROVED)
SERVICE_TAGS = (
    "AzureActiveDirectory",
    "AzureContainerRegistry",
    "AzureFrontDoor.FirstParty",
    "AzureMachineLearning",
    "AzureMonitor",
    "AzureResourceManager",
    "BatchNodeManagement",
    "MicrosoftContainerRegistry",
    "VirtualNetwork",
)
STORAGE_HOST = re.compile(
    r"\.(blob|file|dfs|queue|table)\.(core\.|storage\.|$)|\.(blob|file|dfs)\.core\.", re.IGNORECASE
)
RULE_NAME = re.compile(r"^[A-Za-z0-9_.\-]{1,80}$")


def check_mode(old: str, new: str) -> None:
    """Check a change of the isolation mode (docs: how-to-managed-network, limitations).

    Raises:
        ArmError: 400, for an unknown mode, one that is switched off, and a return from approved to internet outbound.
    """
    if new not in MODES:
        raise validation_error(f"'{new}' is not an isolation mode; these are: {', '.join(MODES)}.")
    if new == DISABLED != old:
        raise validation_error(
            f"Managed network isolation mode cannot be changed from '{old}' to '{DISABLED}': "
            "once it is enabled, the managed network isolation of a workspace cannot be disabled."
        )
    if old == APPROVED and new == INTERNET:
        raise validation_error(f"Managed network isolation mode cannot be changed from '{APPROVED}' to '{INTERNET}'.")


def changeable(mode: str) -> list[str]:
    """The modes that a network in this one may have next, its own included."""
    return list(MODES[MODES.index(mode) :])


def check_rule(name: str, rule: dict[str, Any], mode: str, others: Rules) -> None:
    """Check that this is a user's rule that the isolation mode allows.

    Raises:
        ArmError: 400, with the rule's name and what is wrong with it.
    """
    kind = rule.get("type", "")
    if mode == DISABLED:
        raise validation_error(
            f"Outbound rule '{name}' cannot be created: the managed network of the workspace is disabled."
        )
    if not RULE_NAME.match(name):
        raise validation_error(f"'{name}' is not a valid name of an outbound rule.")
    if rule.get("category", "UserDefined") != "UserDefined" or others.get(name, {}).get("category") == "Required":
        raise required(name)
    if kind not in CHECKS:
        raise validation_error(f"Outbound rule '{name}' has the unknown type '{kind}'; these are: {', '.join(CHECKS)}.")
    if mode == INTERNET and kind != "PrivateEndpoint":  # wording: microsoft-foundry/foundry-samples#961
        raise validation_error(
            'Only "PrivateEndpoint" outbound rules are supported when managed network isolation mode is '
            f'"{INTERNET}". Rule: {name}.'
        )
    CHECKS[kind](name, rule.get("destination"), others)


def required(name: str) -> ArmError:
    """Return the refusal of a change to one of the network's own rules."""
    return validation_error(f"Outbound rule '{name}' is a required rule, which cannot be created, changed or deleted.")


def _check_private_endpoint(name: str, destination: Any, others: Rules) -> None:
    target = destination if isinstance(destination, dict) else {}
    if not target.get("serviceResourceId") or not target.get("subresourceTarget"):
        raise validation_error(
            f"Outbound rule '{name}' of type PrivateEndpoint needs a serviceResourceId and a subresourceTarget."
        )
    for other, rule in others.items():
        if other != name and rule["type"] == "PrivateEndpoint" and _target(rule["destination"]) == _target(target):
            raise validation_error(f"Outbound rule '{name}' has the same destination as the existing rule '{other}'.")


def _target(destination: dict[str, Any]) -> tuple[str, str]:
    return destination["serviceResourceId"].lower(), destination["subresourceTarget"].lower()


def _check_fqdn(name: str, destination: Any, _: Rules) -> None:
    if not isinstance(destination, str) or not destination:
        raise validation_error(f"Outbound rule '{name}' of type FQDN needs a host name as its destination.")
    for entry in destination.split(","):
        host, port = entry.strip().partition(":")[::2]
        if port not in ("", "80", "443"):
            raise validation_error(
                f"Outbound rule '{name}': FQDN outbound rules only support ports 80 and 443, not {port}."
            )
        if STORAGE_HOST.search(host):
            raise validation_error(
                f"Outbound rule '{name}': '{host}' belongs to an Azure storage account; use a private endpoint rule."
            )
        if not re.fullmatch(r"(\*\.)?([A-Za-z0-9_-]+\.)+[A-Za-z0-9-]+", host):
            raise validation_error(f"Outbound rule '{name}': '{host}' is not a fully qualified domain name.")


def _check_service_tag(name: str, destination: Any, _: Rules) -> None:
    target = destination if isinstance(destination, dict) else {}
    if not target.get("serviceTag") and not target.get("addressPrefixes"):
        raise validation_error(f"Outbound rule '{name}' of type ServiceTag needs a serviceTag or addressPrefixes.")
    if target.get("protocol", "*") not in ("TCP", "UDP", "ICMP", "*"):
        raise validation_error(
            f"Outbound rule '{name}': '{target['protocol']}' is none of the protocols TCP, UDP, ICMP, *."
        )


CHECKS = {"PrivateEndpoint": _check_private_endpoint, "FQDN": _check_fqdn, "ServiceTag": _check_service_tag}


def required_rules(emulator: Emulator, workspace: Resource, mode: str) -> Rules:
    """The rules that a managed network has by itself.

    Under approved outbound: private endpoints to everything the workspace is made of, and service tags. Under internet
    outbound: private endpoints to the key vault and to what has no public access (recorded; docs:
    how-to-managed-network, required rules).
    """
    found: Rules = {}
    for resource_id, groups in _parts(workspace):
        private = mode == APPROVED or "vault" in groups or _is_private(emulator, resource_id)
        for group in groups if private else ():
            found[f"__SYS_PE_{resource_id.rsplit('/', 1)[-1]}_{group}"] = _private_endpoint(resource_id, group)
    if mode == APPROVED:
        found |= {f"__SYS_ST_{tag}": _service_tag(tag) for tag in SERVICE_TAGS}
    return found


def _parts(workspace: Resource) -> list[tuple[str, tuple[str, ...]]]:
    properties = workspace.properties
    parts = [
        (properties.get("keyVault"), ("vault",)),
        (properties.get("storageAccount"), ("blob", "file")),
        (properties.get("containerRegistry"), ("registry",)),
        (workspace.id, ("amlworkspace",)),
    ]
    return [(resource_id, groups) for resource_id, groups in parts if resource_id]


def _is_private(emulator: Emulator, resource_id: str) -> bool:
    resource = emulator.resources.get(resource_id)
    return resource is not None and str(resource.properties.get("publicNetworkAccess", "")).lower() == "disabled"


def _private_endpoint(resource_id: str, group: str) -> dict[str, Any]:
    spark = group != "vault"
    target = {
        "serviceResourceId": resource_id,
        "subresourceTarget": group,
        "sparkEnabled": spark,
        "sparkStatus": "Inactive",
    }
    return {"type": "PrivateEndpoint", "destination": target, "status": "Inactive", "category": "Required"}


def _service_tag(tag: str) -> dict[str, Any]:
    target = {"serviceTag": tag, "protocol": "*", "portRanges": "*"}
    return {"type": "ServiceTag", "destination": target, "status": "Inactive", "category": "Required"}
