"""A private registry, and what Log Analytics keeps, against the emulator."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from support.emulator.azure_writes import deploy, written
from support.emulator.running import RunningEmulator

from tasks.clients.connect import Azure, connect
from tasks.clients.transport.wire import Call
from tasks.domain.azure.endpoint import EndpointSpec
from tasks.domain.azure.workspace import WorkspaceSpec
from tasks.domain.common import errors
from tasks.domain.common.target import AzureTarget

REGISTRY_API = "2023-07-01"
SETTING_API = "2021-05-01-preview"


def registry_of(azure: Azure, target: AzureTarget, name: str, access: str = "Enabled", sku: str = "Basic") -> str:
    """Make a registry that is somebody else's, and give its ARM id."""
    path = f"{target.resource_group_id}/providers/Microsoft.ContainerRegistry/registries/{name}"
    body = {"location": target.location, "sku": {"name": sku}, "properties": {"publicNetworkAccess": access}}
    azure.registry._arm.run(Call("make registry", "PUT", path, REGISTRY_API, body), limit_seconds=60)
    return path


def test_a_workspace_without_a_registry_needs_nothing(azure: Azure) -> None:
    """Azure makes the registry with the first image, so there is nothing to secure yet."""
    assert azure.registry.get() is None
    assert azure.registry.secure(WorkspaceSpec()) is None


def refused_to_upgrade(ask: Callable[[WorkspaceSpec], object], spec: WorkspaceSpec) -> None:
    """The refusal names the field, and the command for those who would rather do it themselves."""
    with pytest.raises(errors.NotOwned, match=r"premiumonce is Basic.*did not create it") as told:
        ask(spec)
    assert "upgrade_registry" in told.value.hint
    assert "az acr update --name premiumonce --sku Premium" in told.value.hint


def test_a_registry_becomes_premium_once_where_that_is_allowed(emulator: RunningEmulator, target: AzureTarget) -> None:
    """Without Premium it could have no private endpoint; a second call writes nothing.

    It is the team's own although our workspace uses it: without `upgrade_registry` it is refused, before and after.
    """
    with connect(target) as azure:
        azure.resource_groups.create_if_absent()
        registry = registry_of(azure, target, "premiumonce")
        silent = WorkspaceSpec(container_registry=registry)
        refused_to_upgrade(azure.registry.check, silent)
        azure.workspace.create_or_update(silent)
        refused_to_upgrade(azure.registry.secure, silent)
        spec = silent.model_copy(update={"upgrade_registry": True})
        assert azure.registry.check(spec) == ()
        secured = azure.registry.secure(spec)
        assert secured
        assert secured.is_premium
        before = written(emulator, registry)
        assert azure.registry.secure(spec) == secured
    assert written(emulator, registry) == before


def test_a_registry_that_is_not_there_is_told_before_the_workspace_exists(target: AzureTarget) -> None:
    """Its id is in the message, and what to correct."""
    path = f"{target.resource_group_id}/providers/Microsoft.ContainerRegistry/registries/nowhere"
    with connect(target) as azure:
        azure.resource_groups.create_if_absent()
        with pytest.raises(errors.InvalidSpec, match=r"registries/nowhere does not exist") as told:
            azure.registry.check(WorkspaceSpec(container_registry=path))
    assert "ARM id" in told.value.hint


def test_a_private_registry_needs_a_build_compute(target: AzureTarget) -> None:
    """Without image_build_compute nothing could build an image; the one that is named is created once."""
    with connect(target) as azure:
        azure.resource_groups.create_if_absent()
        registry = registry_of(azure, target, "needsbuilder", "Disabled", "Premium")
        azure.workspace.create_or_update(WorkspaceSpec(container_registry=registry))
        for ask in (azure.registry.check, azure.registry.secure):
            with pytest.raises(errors.InvalidSpec, match="no image_build_compute"):
                ask(WorkspaceSpec())
        spec = WorkspaceSpec(image_build_compute="builder")
        assert azure.registry.check(spec) == ()
        assert azure.workspace.create_or_update(spec).image_build_compute == "builder"
        with pytest.raises(errors.InvalidSpec, match="'builder' does not exist"):
            azure.registry.check(WorkspaceSpec())
        assert azure.computes.create_if_absent("builder")
        assert not azure.computes.create_if_absent("builder")
        assert azure.registry.check(WorkspaceSpec()) == ()
        secured = azure.registry.secure(spec)
    assert secured
    assert secured.is_private


def test_history_comes_from_log_analytics(
    azure: Azure, ready: AzureTarget, endpoint_spec: EndpointSpec, files: Path
) -> None:
    """With a diagnostic setting, what the containers printed can be read after the tail has moved on."""
    endpoint = azure.endpoints.create_or_update(endpoint_spec)
    assert azure.logs.console_history(endpoint, "blue") == ()
    kept = [one for one in azure.resource_groups.resources() if one.type == "Microsoft.OperationalInsights/workspaces"]
    path = f"{endpoint.id}/providers/Microsoft.Insights/diagnosticSettings/all"
    properties = {"workspaceId": kept[0].id, "logs": [{"categoryGroup": "allLogs", "enabled": True}]}
    azure.logs._arm.send(Call("keep the logs", "PUT", path, SETTING_API, {"properties": properties}))
    deploy(azure, endpoint_spec.name, files)
    records = azure.logs.console_history(endpoint, "blue")
    assert records
    assert list(records) == sorted(records, key=lambda one: one.time)
    assert {one.container for one in records} >= {"inference-server"}


def test_a_wrong_query_is_an_error(azure: Azure, ready: AzureTarget) -> None:
    """A query that can't be understood never looks like an empty answer."""
    with pytest.raises(errors.RequestRefused):
        azure.logs.query(ready.workspace_id, "NoSuchTable | take 1")
