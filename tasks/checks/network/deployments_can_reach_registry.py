"""In legacy isolation, an online deployment pulls from a private registry only through its own private endpoints.

With `egress_public_network_access: enabled` it pulls over the internet, which a private registry refuses.
"""

from __future__ import annotations

from tasks.checks.engine.applies import to_managed
from tasks.checks.engine.check import Check
from tasks.checks.engine.egress import Observation, observe_registry
from tasks.domain.azure.registry import ContainerRegistry
from tasks.domain.diagnostics.finding import Verdict, failed, passed, seen, skipped
from tasks.domain.diagnostics.subject import Subject


def judge(_subject: Subject, found: Observation[ContainerRegistry]) -> Verdict:
    """Fail when the registry is private and a deployment's egress is `enabled`; skip under a managed network."""
    if found.workspace.has_managed_network:
        return skipped("The workspace's managed network carries the outbound traffic.")
    if found.owner is None:
        return skipped("The workspace has no container registry yet.")
    if not found.owner.is_private:
        return passed("The container registry is public.")
    public = [one for one in found.deployments if one.egress_public_network_access != "disabled"]
    if not public:
        return passed("Every online deployment pulls its image through private endpoints.")
    names = ", ".join(one.name for one in public)
    return failed(
        f"Container registry {found.owner.name} refuses {names}, whose egress is public.",
        *(seen(f"{one.name} egress_public_network_access", "enabled", "disabled") for one in public),
    )


CHECK = Check(
    code="SCORE-EGR-001",
    title="Online deployments can reach the container registry",
    severity="major",
    scope="endpoint",
    inputs=("workspace", "registry", "online_deployments"),
    observe=observe_registry,
    judge=judge,
    applies=to_managed,
    remedy=(
        "The setting can't be changed on an online deployment: make a new one with egress_public_network_access: "
        "disabled in its YAML (az ml online-deployment create --endpoint-name {endpoint} --name NEW --file NEW.yml "
        "{flags}), then move the traffic to it. A workspace with a managed network does not need the setting."
    ),
    doc="https://learn.microsoft.com/azure/machine-learning/concept-secure-online-endpoint",
    explains=("SCORE-DEP-001", "SCORE-NET-001"),
    because="The image can't be pulled, and the deployment's outbound traffic is not isolated.",
)
