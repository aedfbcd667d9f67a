"""States of legacy isolation, in which every online deployment has private endpoints of its own."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from deployments.emulator.scenarios.changes import deployments, sets
from deployments.emulator.scenarios.dependencies import PRIVATE_REGISTRY
from deployments.emulator.scenarios.scenario import Change, Diagnosis, Scenario
from deployments.emulator.scenarios.scene import Scene
from deployments.emulator.scenarios.workspaces import NO_NETWORK
from deployments.emulator.services import private_link
from deployments.emulator.services.machine_learning.network_isolation import legacy_isolation
from deployments.emulator.state import Resource


def _isolated_by_itself(scene: Scene, deployment: Resource) -> None:
    sets("properties.egressPublicNetworkAccess", "Disabled")(scene, deployment)
    legacy_isolation.connect(scene.emulator, deployment)


def _egress_at(part: str) -> Callable[[Scene], Iterable[Resource]]:
    def found(scene: Scene) -> Iterable[Resource]:
        end = scene.part(part)
        return legacy_isolation.connections_of(scene.emulator, end.id) if end else []

    return found


LEGACY = (PRIVATE_REGISTRY, NO_NETWORK, Change(deployments, _isolated_by_itself))
PENDING = sets("properties.privateLinkServiceConnectionState.status", private_link.PENDING)


SCENARIOS = (
    Scenario(
        "legacy_egress_public",
        "A deployment's egress is public, and the container registry refuses public callers.",
        Diagnosis("degraded", "SCORE-EGR-001", "egress_public_network_access: disabled"),
        (PRIVATE_REGISTRY, NO_NETWORK),
    ),
    Scenario(
        "registry_connection_pending",
        "The container registry has not approved the deployment's private endpoint.",
        Diagnosis("degraded", "SCORE-EGR-002", "az network private-endpoint-connection approve"),
        (*LEGACY, Change(_egress_at("containerRegistry"), PENDING)),
        cure="PUT private endpoint connection",
    ),
    Scenario(
        "storage_connection_pending",
        "The storage account has not approved the deployment's private endpoint.",
        Diagnosis("degraded", "SCORE-EGR-003", "az network private-endpoint-connection approve"),
        (*LEGACY, Change(_egress_at("storageAccount"), PENDING)),
        cure="PUT private endpoint connection",
    ),
)
