"""Locks: which requests they refuse, at which scopes, and who may set them."""

from __future__ import annotations

from support.emulator.control_plane import ControlPlane, error_of

LOCK = "/providers/Microsoft.Authorization/locks/keep?api-version=2020-05-01"


async def lock(plane: ControlPlane, scope: str, level: str = "CanNotDelete") -> None:
    """Put a lock on a scope."""
    assert (await plane.ask("PUT", f"{scope}{LOCK}", {"properties": {"level": level}})).status == 201


async def test_a_lock_on_the_group_refuses_deletions_in_it(plane: ControlPlane) -> None:
    """ScopeLocked names both scopes; writes go on, and without the lock the deletion does, too."""
    workspace = await plane.workspace()
    await lock(plane, plane.group)
    status, code, message = error_of(await plane.ask("DELETE", workspace))
    assert (status, code) == (409, "ScopeLocked")
    assert f"The scope '{workspace}' cannot perform delete operation" in message
    assert f"following scope(s) are locked: '{plane.group}'" in message
    assert error_of(await plane.ask("DELETE", plane.group))[1] == "ScopeLocked"
    assert (await plane.ask("PATCH", workspace, {"tags": {"a": "b"}})).status == 202
    plane.settle()
    listed = await plane.get(f"{plane.group}/providers/Microsoft.Authorization/locks?api-version=2020-05-01")
    assert [one["properties"]["level"] for one in listed["value"]] == ["CanNotDelete"]
    assert (await plane.ask("DELETE", f"{plane.group}{LOCK}")).status == 200
    assert (await plane.ask("DELETE", workspace)).status == 202


async def test_a_read_only_lock_refuses_writes_and_posts(plane: ControlPlane) -> None:
    """Even a POST that only reads, such as listKeys."""
    workspace = await plane.workspace()
    await lock(plane, workspace, "ReadOnly")
    for method, address in (("PATCH", workspace), ("POST", f"{workspace}/listKeys"), ("DELETE", workspace)):
        assert error_of(await plane.ask(method, address, {}))[:2] == (409, "ScopeLocked")
    assert (await plane.ask("GET", workspace)).status == 200
    assert (await plane.ask("POST", f"{plane.made['storageAccount']}/listKeys?api-version=2023-01-01")).status == 200


async def test_a_locked_member_fails_the_groups_deletion_after_others_are_gone(plane: ControlPlane) -> None:
    """The group stays with what is locked, and the operation says which."""
    await lock(plane, plane.made["keyVault"])
    begun = await plane.ask("DELETE", plane.group)
    assert begun.status == 202
    plane.settle()
    ended = await plane.ask("GET", begun.headers["Location"])
    assert error_of(ended)[:2] == (409, "ScopeLocked")
    left = await plane.get(f"{plane.group}/resources?api-version=2021-04-01")
    assert [one["name"] for one in left["value"]] == ["rules-vault"]


async def test_a_lock_has_one_of_two_levels(plane: ControlPlane) -> None:
    """Anything else is refused."""
    answer = await plane.ask("PUT", f"{plane.group}{LOCK}", {"properties": {"level": "Strict"}})
    assert error_of(answer)[:2] == (400, "InvalidLockLevel")
