"""The workspace: its spec, and the value that Azure returns."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Final, Literal, Self

from pydantic import BaseModel, Field, model_validator

from tasks.domain.azure.networking.network import (
    WIRE_ISOLATION_MODES,
    IsolationMode,
    ManagedNetwork,
    OutboundRuleSpec,
    check_rules,
    check_transition,
)
from tasks.domain.azure.ownership import is_owned, missing_tags
from tasks.domain.common.errors import InvalidSpec
from tasks.domain.common.forms import OrEmpty
from tasks.domain.common.naming import Location, same_location
from tasks.domain.common.tags import NO_TAGS

PublicNetworkAccess = Literal["disabled", "enabled"]
StorageAccess = Literal["keys", "identity"]
DATASTORES_AUTH_MODES: Final[Mapping[StorageAccess, str]] = {"keys": "accesskey", "identity": "identity"}


class WorkspaceSpec(BaseModel, frozen=True, extra="forbid", use_attribute_docstrings=True):
    """A workspace with a managed virtual network. Empty fields keep their present values."""

    isolation_mode: IsolationMode = "allow_only_approved_outbound"
    """Destinations that deployments may reach: only approved ones, or the whole internet."""
    outbound_rules: tuple[OutboundRuleSpec, ...] = ()
    """Destinations that deployments may reach, besides the workspace's own resources."""
    container_registry: Annotated[str | None, OrEmpty()] = Field(
        default=None,
        pattern=r"(?i)^/subscriptions/[^/]+/resourceGroups/[^/]+/providers/"
        r"Microsoft\.ContainerRegistry/registries/[^/]+$",
        description="The ARM id of a registry of your own; private access needs Premium.",
    )
    upgrade_registry: bool = False
    """Let the run upgrade a registry of your own to Premium, which costs more. Off: such a registry is refused."""
    image_build_compute: Annotated[str | None, OrEmpty()] = None
    """The compute cluster that builds images; created if absent. Needed for a conda file or a Dockerfile."""
    public_network_access: Annotated[PublicNetworkAccess | None, OrEmpty()] = None
    """Public access to the workspace itself. Empty: disabled in a new workspace."""

    storage_access: Annotated[StorageAccess | None, OrEmpty()] = None
    """Access to the workspace's storage account: with its keys, or by the roles of each identity with shared keys off.
    Identity: whoever uploads needs Storage Blob Data Contributor. Empty: keys in a new workspace."""

    @model_validator(mode="after")
    def _rules_fit_the_mode(self) -> Self:
        try:
            check_rules(self.isolation_mode, self.outbound_rules)
        except InvalidSpec as error:
            raise ValueError(str(error)) from error
        return self


class Workspace(BaseModel, frozen=True):
    """The workspace as Azure returns it.

    Attributes:
        guid: Azure's internal id, part of the private DNS names.
        v1_legacy_mode: When on, online endpoints are refused.
        principal_id: The object id of its own identity, which approves private endpoints.
    """

    id: str
    name: str
    location: str
    provisioning_state: str
    guid: str = ""
    public_network_access: str = ""
    v1_legacy_mode: bool = False
    managed_network: ManagedNetwork = ManagedNetwork()
    container_registry: str | None = None
    key_vault: str | None = None
    storage_account: str | None = None
    application_insights: str | None = None
    image_build_compute: str | None = None
    storage_access: StorageAccess = "keys"
    private_endpoint_connections: tuple[str, ...] = ()
    tags: dict[str, str] = {}
    principal_id: str = ""

    @property
    def associated_ids(self) -> tuple[str, ...]:
        """The ARM ids of the workspace's own resources, created by Azure or provided."""
        named = (
            self.container_registry,
            self.key_vault,
            self.storage_account,
            self.application_insights,
        )
        return tuple(one for one in named if one)


class WorkspaceChanges(BaseModel, frozen=True):
    """The changes that a workspace needs to match its spec; empty fields need none."""

    isolation_mode: IsolationMode | None = None
    image_build_compute: str | None = None
    public_network_access: PublicNetworkAccess | None = None
    storage_access: StorageAccess | None = None
    tags: dict[str, str] = {}

    @property
    def are_needed(self) -> bool:
        """True when there is anything to change."""
        changed = (self.isolation_mode, self.image_build_compute, self.public_network_access, self.storage_access)
        return any(changed) or bool(self.tags)


def changes_for(
    spec: WorkspaceSpec, location: Location, present: Workspace, tags: Mapping[str, str] = NO_TAGS
) -> WorkspaceChanges:
    """Return the changes that a workspace needs to match the spec; one that is not ours keeps its tags.

    Raises:
        InvalidSpec: When the workspace can't be changed to match: it is in another region, its isolation mode
            can't be changed, it has another container registry, or v1_legacy_mode is on.
    """
    _refuse_impossible(spec, location, present)
    compute, access = spec.image_build_compute, spec.public_network_access
    desired_mode = WIRE_ISOLATION_MODES[spec.isolation_mode]
    return WorkspaceChanges(
        isolation_mode=None if _same(present.managed_network.isolation_mode, desired_mode) else spec.isolation_mode,
        image_build_compute=None if _same(present.image_build_compute, compute) else compute,
        public_network_access=None if _same(present.public_network_access, access) else access,
        storage_access=None if _same(present.storage_access, spec.storage_access) else spec.storage_access,
        tags=missing_tags(tags, present.tags) if is_owned(present.tags, present.id) else {},
    )


def _refuse_impossible(spec: WorkspaceSpec, location: Location, present: Workspace) -> None:
    if not same_location(present.location, location):
        raise InvalidSpec(
            f"workspace {present.name} is in {present.location}, not in {location}",
            f"Set the target's location to {present.location}, or choose another workspace name.",
        )
    check_transition(present.managed_network.isolation_mode, spec.isolation_mode)
    if present.v1_legacy_mode:
        raise InvalidSpec(
            f"workspace {present.name} has v1_legacy_mode on, which refuses online endpoints",
            "Turn it off on the workspace. Ask the network security team first: it may be on for a reason. "
            "The change takes up to an hour.",
        )
    registry, desired = present.container_registry, spec.container_registry
    if registry and desired and not _same(registry, desired):
        raise InvalidSpec(
            f"workspace {present.name} has the container registry {registry}, not {desired}",
            "Leave container_registry empty to keep it. Changing it would break the images of running deployments.",
        )


def _same(present: str | None, desired: str | None) -> bool:
    return desired is None or (present or "").lower() == desired.lower()
