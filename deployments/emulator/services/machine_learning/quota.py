"""Sizes of machines, and how many cores of each family a region has for online deployments."""

from __future__ import annotations

import math
from typing import Any

from deployments.emulator.core import Emulator
from deployments.emulator.http.call import Answer, Call
from deployments.emulator.http.routing import Route
from deployments.emulator.services.machine_learning.ids import (
    DEPLOYMENT_TYPE,
    LOCATION,
    WORKSPACE_TYPE,
    location_of,
)
from deployments.emulator.services.machine_learning.refusals import inferencing_error
from deployments.emulator.services.machine_learning.vm_sizes import KNOWN, SIZES, Size
from deployments.emulator.state import Resource

DEFAULT_CORES = 1000
RESERVE = 1.2
UNCOUNTED = "usesNoQuota"  # marks online deployments that were not requested from this control plane
USAGE_TYPE = "Microsoft.MachineLearningServices/vmFamily/dedicatedCores/usages"


def routes() -> list[Route]:
    """Return the routes of usages, quotas and sizes."""
    return [
        Route("GET", LOCATION + "/usages", _usages),
        Route("GET", LOCATION + "/quotas", _quotas),
        Route("POST", LOCATION + "/updateQuotas", _update),
        Route("GET", LOCATION + "/vmSizes", _sizes),
    ]


def cores_needed(size: Size, instances: int) -> int:
    """Return the cores with the fifth that most sizes reserve for upgrades (docs: how-to-manage-quotas)."""
    return math.ceil(round((RESERVE if size.reserved else 1) * instances, 6)) * size.cores


def size_of(name: str) -> Size:
    """A machine size by its name.

    Raises:
        ArmError: 400, where the size does not exist.
    """
    if name.lower() not in SIZES:
        raise inferencing_error(
            "VmSize",
            f"The specified VM size {name} is not supported. See https://aka.ms/managed-online-endpoints-SKU-list.",
        )
    return SIZES[name.lower()]


def check(emulator: Emulator, region: str, size: Size, instances: int, deployment_id: str) -> None:
    """Check that enough cores are left for an online deployment, in the region and in its workspace.

    Raises:
        ArmError: 400, in the words that Azure uses for it (facts, B1).
    """
    workspace, needed = workspace_of(deployment_id), cores_needed(size, instances)
    limits = {"": limit_of(emulator, region, size.family), workspace: _assigned(emulator, workspace, size.family)}
    for place, limit in limits.items():
        used = _used(emulator, region, size.family, besides=deployment_id, inside=place)
        if limit is not None and used + needed > limit:
            raise inferencing_error(
                "VmSize",
                f"Not enough quota available for {size.name} in SubscriptionId {deployment_id.split('/')[2]}. "
                f"Current usage/limit: {used}/{limit}. Additional needed: {needed} "
                "Please see troubleshooting guide, available here: https://aka.ms/oe-tsg#error-outofquota",
            )


def workspace_of(resource_id: str) -> str:
    """The id of the workspace that a resource is in."""
    return "/".join(resource_id.split("/")[:9])


def _assigned(emulator: Emulator, workspace: str, family: str) -> int | None:
    """The part of the region's quota that a workspace is limited to; None while it may use all of it."""
    limits: dict[str, int] = emulator.resources.setting(f"cores:{workspace.lower()}", dict)
    return limits.get(family)


def _used(emulator: Emulator, region: str, family: str, *, besides: str = "", inside: str = "") -> int:
    deployments = emulator.resources.of_type(DEPLOYMENT_TYPE)
    there = [one for one in deployments if location_of(one) == region and one.id.lower() != besides.lower()]
    return sum(_cores(one, family) for one in there if not inside or workspace_of(one.id).lower() == inside.lower())


def _cores(deployment: Resource, family: str) -> int:
    if deployment.private.get(UNCOUNTED):
        return 0
    size = SIZES[str(deployment.properties["instanceType"]).lower()]
    return cores_needed(size, int(deployment.body["sku"]["capacity"])) if size.family == family else 0


def limit_of(emulator: Emulator, region: str, family: str) -> int:
    """Return the number of cores of a family that a region has."""
    limits: dict[str, int] = emulator.resources.setting(f"cores:{region}", dict)
    return limits.get(family, DEFAULT_CORES)


def _families() -> list[str]:
    return sorted({size.family for size in KNOWN})


def _region(call: Call) -> str:
    return call.params["location"].replace(" ", "").lower()


def _entry(call: Call, folder: str, family: str) -> dict[str, Any]:
    place = LOCATION.format(**call.params)
    return {
        "id": f"{place}/{folder}/{family}",
        "amlWorkspaceLocation": _region(call),
        "type": USAGE_TYPE,
        "unit": "Count",
        "limit": limit_of(call.emulator, _region(call), family),
        "name": {"value": family, "localizedValue": family},
    }


def _usages(call: Call) -> Answer:
    region, entries = _region(call), [_entry(call, "usages", family) for family in _families()]
    for entry in entries:
        entry["currentValue"] = _used(call.emulator, region, entry["name"]["value"])
    for entry in _workspace_entries(call, "usages"):
        inside, family = workspace_of(entry["id"]), entry["name"]["value"]
        entries.append({**entry, "currentValue": _used(call.emulator, region, family, inside=inside)})
    return Answer(200, {"value": entries})


def _quotas(call: Call) -> Answer:
    entries = [_entry(call, "quotas", family) for family in _families()]
    return Answer(200, {"value": entries + _workspace_entries(call, "quotas")})


def _workspace_entries(call: Call, folder: str) -> list[dict[str, Any]]:
    """The quotas that were assigned to single workspaces of the region; no source shows their form in a list."""
    workspaces = call.emulator.resources.of_type(WORKSPACE_TYPE)
    return [
        {
            **_entry(call, folder, family),
            "id": f"{one.id}/{folder}/{family}",
            "type": f"Microsoft.MachineLearningServices/workspaces/vmFamily/dedicatedCores/{folder}",
            "limit": limit,
        }
        for one in workspaces
        if location_of(one) == _region(call)
        for family in _families()
        if (limit := _assigned(call.emulator, one.id, family)) is not None
    ]


def _update(call: Call) -> Answer:
    results = []
    for request in call.json().get("value") or []:
        place, _, family = str(request.get("id", "")).rpartition("/")
        known = family in _families()
        if known:
            key = f"cores:{workspace_of(place).lower()}" if "/workspaces/" in place else f"cores:{_region(call)}"
            limits = call.emulator.resources.setting(key, dict)
            call.emulator.resources.set_setting(key, {**limits, family: int(request.get("limit", 0))})
        results.append({**request, "status": "Success" if known else "InvalidVMFamilyName"})
    return Answer(200, {"value": results})


def _sizes(_: Call) -> Answer:
    return Answer(200, {"value": [_size(size) for size in KNOWN]})


def _size(size: Size) -> dict[str, Any]:
    return {
        "name": size.name,
        "family": size.family,
        "vCPUs": size.cores,
        "gpus": size.gpus,
        "memoryGB": size.memory_gb,
        "premiumIO": True,
        "lowPriorityCapable": True,
        "supportedComputeTypes": ["AmlCompute", "ComputeInstance"],
    }
