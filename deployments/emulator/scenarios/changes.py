"""The building blocks of scenarios: which resources, and how they change."""

from __future__ import annotations

import copy
import re
from collections.abc import Iterable
from typing import Any

from deployments.emulator.errors import ArmError
from deployments.emulator.scenarios.scenario import Act, Change
from deployments.emulator.scenarios.scene import Scene
from deployments.emulator.services.machine_learning import waiting
from deployments.emulator.services.machine_learning.online_endpoints.endpoints import OPERATION_URI
from deployments.emulator.state import Resource
from deployments.emulator.transport.certificates import BadCertificates

MANAGEMENT = r"^management\.azure\.com$"
VIRTUAL_NETWORK, INTERNET = "virtual_network", "internet"


def workspace(scene: Scene) -> Iterable[Resource]:
    """The workspace itself."""
    return [scene.workspace]


def endpoints(scene: Scene) -> Iterable[Resource]:
    """The endpoints that are meant."""
    return scene.endpoints


def deployments(scene: Scene) -> Iterable[Resource]:
    """All online deployments of these endpoints."""
    return [
        one for endpoint in scene.endpoints for one in scene.emulator.resources.members(f"{endpoint.id}/deployments")
    ]


def vault(scene: Scene) -> Iterable[Resource]:
    """The workspace's key vault."""
    return _present(scene.part("keyVault"))


def registry(scene: Scene) -> Iterable[Resource]:
    """The workspace's container registry."""
    return _present(scene.part("containerRegistry"))


def connections(scene: Scene) -> Iterable[Resource]:
    """The private endpoint connections of the workspace's callers."""
    return scene.connections()


def private_endpoints(scene: Scene) -> Iterable[Resource]:
    """The private endpoints of the workspace's callers."""
    return scene.private_endpoints()


def _present(resource: Resource | None) -> Iterable[Resource]:
    return [resource] if resource else []


def sets(path: str, value: Any) -> Act:
    """Give a part of a resource's body, e.g. `properties.sku.name`, another value."""

    def act(scene: Scene, resource: Resource) -> None:
        *folders, name = path.split(".")
        place: dict[str, Any] = resource.body
        for folder in folders:
            place = place.setdefault(folder, {})
        place[name] = copy.deepcopy(value)  # later writes change the resource, not the scenario
        scene.emulator.resources.save(resource)

    return act


def removes(scene: Scene, resource: Resource) -> None:
    """Delete a resource with all that goes with it."""
    scene.emulator.removal.remove(resource.id)


def is_stuck(kind: str) -> Act:
    """Let an operation run that never ends."""

    def act(scene: Scene, resource: Resource) -> None:
        operation = scene.emulator.operations.start(kind, resource.id, data={"body": resource.body, "by": "service"})
        operation.stalled = True
        scene.undo.append(lambda: scene.emulator.operations.cancel(resource.id))
        sets("properties.provisioningState", "Updating")(scene, resource)

    return act


def last_operation_failed(kind: str, code: str, message: str) -> Act:
    """Let the last operation on an endpoint or online deployment have failed, as its own address shows."""

    def act(scene: Scene, resource: Resource) -> None:
        known = str(resource.properties["properties"].get(OPERATION_URI) or "")
        place, _, rest = known.rpartition("/")
        part = waiting.DEPLOYMENT if kind.startswith("online_deployment.") else waiting.ENDPOINT
        name = waiting.identity(scene.workspace, part)
        scene.emulator.operations.fail(kind, resource.id, ArmError(400, code, message), identity=name)
        sets(f"properties.properties.{OPERATION_URI}", f"{place}/{name}?{rest.partition('?')[2]}")(scene, resource)

    return act


def scoring_meets(**fault: Any) -> Change:
    """Apply a fault to every call to the scoring hosts, by default only calls from inside."""

    def act(scene: Scene, _: Resource) -> None:
        scene.fault(**{"host": scene.hosts, "vantage": VIRTUAL_NETWORK, **fault})

    return Change(workspace, act)


def reading_meets(path: str, **fault: Any) -> Change:
    """Apply a fault to requests of the management plane with this in their path."""

    def act(scene: Scene, _: Resource) -> None:
        scene.fault(**{"host": MANAGEMENT, "path": path, **fault})

    return Change(workspace, act)


def endpoints_meet(rest: str, **fault: Any) -> Change:
    """Apply a fault to requests about the scene's endpoints whose path continues like this."""

    def act(scene: Scene, _: Resource) -> None:
        names = "|".join(re.escape(one.name) for one in scene.endpoints)
        path = f"{re.escape(scene.workspace.id)}/onlineEndpoints/(?:{names}){rest}$"
        scene.fault(**{"host": MANAGEMENT, "path": path, **fault})

    return Change(workspace, act)


def resolver_says(resolver: str, action: str, code: str = "") -> Change:
    """Let a DNS server answer otherwise for the scoring hosts, or not at all."""

    def act(scene: Scene, _: Resource) -> None:
        scene.fault(method="DNS", host=scene.hosts, path=f"^(?:{resolver})$", action=action, code=code)

    return Change(workspace, act)


def scoring_hosts_show(kind: str) -> Change:
    """Let the scoring hosts show a bad certificate."""

    def act(scene: Scene, _: Resource) -> None:
        certificates, hosts = scene.emulator.part(BadCertificates), scene.hosts
        certificates.show(hosts, kind)
        scene.undo.append(lambda: certificates.stop(hosts, kind))

    return Change(workspace, act)
