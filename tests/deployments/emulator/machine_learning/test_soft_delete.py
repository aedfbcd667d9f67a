"""Workspaces that were deleted softly hold their names in their groups."""

from __future__ import annotations

from support.emulator.control_plane import ControlPlane, error_of

TAKEN = "Soft-deleted workspace exists. Please purge or recover it. https://aka.ms/wsoftdelete"


async def deleted(plane: ControlPlane) -> list[str]:
    """The names of the soft-deleted workspaces that are listed."""
    subscription = plane.group.rsplit("/", 2)[0]
    listed = await plane.get(f"{subscription}/providers/Microsoft.MachineLearningServices/deletedWorkspaces")
    return [one["name"] for one in listed["value"]]


async def delete(plane: ControlPlane, address: str) -> None:
    """Delete, and wait until it has ended."""
    assert (await plane.ask("DELETE", address)).status == 202
    plane.settle()


async def test_a_deleted_workspaces_name_is_taken_until_it_is_purged(plane: ControlPlane) -> None:
    """A read says 404 meanwhile; the purge takes it all the same."""
    workspace = await plane.workspace()
    await delete(plane, workspace)
    assert (await plane.ask("GET", workspace)).status == 404
    assert (await plane.ask("DELETE", workspace)).status == 204
    body = {"location": "westeurope", "properties": plane.made}
    status, code, message = error_of(await plane.ask("PUT", workspace, body))
    assert (status, code, message.strip()) == (400, "BadRequest", TAKEN)
    assert await deleted(plane) == ["ws"]
    await delete(plane, f"{workspace}?forceToPurge=true")
    assert await deleted(plane) == []
    await plane.workspace()


async def test_a_purge_of_a_workspace_frees_its_name_at_once(plane: ControlPlane) -> None:
    """forceToPurge on a workspace that is there."""
    workspace = await plane.workspace()
    await delete(plane, f"{workspace}?forceToPurge=true")
    await plane.workspace()


async def test_a_workspace_is_recovered_without_its_endpoints(plane: ControlPlane) -> None:
    """Datastores come back, endpoints don't."""
    workspace = await plane.workspace()
    endpoint = await plane.endpoint(workspace)
    await delete(plane, workspace)
    recovery = {"location": "westeurope", "properties": {"allowRecoverSoftDeletedWorkspace": "True"}}
    await plane.put(workspace, recovery)
    assert (await plane.get(workspace))["properties"]["provisioningState"] == "Succeeded"
    assert (await plane.get(f"{workspace}/datastores"))["value"]
    assert (await plane.ask("GET", endpoint)).status == 404
    assert error_of(await plane.ask("PUT", f"{workspace}-never", recovery))[0] == 404


async def test_a_groups_deletion_is_soft_for_its_workspaces_and_ends_after_14_days(plane: ControlPlane) -> None:
    """The name is taken in a new group of the old one's name."""
    workspace = await plane.workspace()
    await plane.ask("DELETE", plane.group)
    plane.settle()
    await plane.put(f"{plane.group}?api-version=2021-04-01", {"location": "westeurope"})
    assert error_of(await plane.ask("PUT", workspace, {"properties": {}}))[2].strip() == TAKEN
    plane.emulator.clock.advance(14 * 86_400)
    assert await deleted(plane) == []
