"""Locks: which requests they refuse (learn.microsoft.com/azure/azure-resource-manager/management/lock-resources)."""

from __future__ import annotations

from collections.abc import Iterable

from deployments.emulator.errors import ArmError, conflict
from deployments.emulator.http.call import Call
from deployments.emulator.state import Resource, Resources, parent_of, type_of

LOCKS = "Microsoft.Authorization/locks"
READS = ("GET", "HEAD")


def require_unlocked(call: Call) -> None:
    """Refuse a request that a lock forbids.

    CanNotDelete refuses deletions at its scope and below, and of what the scope lies in; ReadOnly refuses everything
    but reads, POSTs such as listKeys among it. A resource group with a locked member is another matter: its deletion
    is accepted, and fails after the others are gone.

    Raises:
        ArmError: 409 ScopeLocked.
    """
    locks = call.emulator.resources.of_type(LOCKS)
    if not locks or call.method in READS or f"/providers/{LOCKS}/".lower() in call.path.lower():
        return
    path = call.path.rstrip("/")
    scope = path.rpartition("/")[0] if call.method == "POST" else path
    verb = "delete" if call.method == "DELETE" else "write"
    found = [one for one in locks if _covers(one, scope) and (verb == "delete" or _level(one) == "readonly")]
    if verb == "delete" and type_of(scope):
        found += [one for one in locks if _is_within(parent_of(one.id), scope)]
    if found:
        raise refusal(scope, verb, dict.fromkeys(parent_of(one.id) for one in found))


def locked_below(resources: Resources, scope: str) -> list[str]:
    """The scopes of the locks on what lives in a resource group."""
    found = (parent_of(one.id) for one in resources.of_type(LOCKS))
    return [one for one in found if _is_within(one, scope) and one.lower() != scope.lower()]


def keeps(locked: Iterable[str], resource_id: str) -> bool:
    """Whether a lock at one of these scopes keeps a resource: it is in the scope, or the scope is in it."""
    return any(_is_within(resource_id, one) or _is_within(one, resource_id) for one in locked)


def refusal(scope: str, verb: str, locked: Iterable[str]) -> ArmError:
    """409 ScopeLocked in Azure's words."""
    return conflict(
        "ScopeLocked",
        f"The scope '{scope}' cannot perform {verb} operation because following scope(s) are locked: "
        f"'{','.join(locked)}'. Please remove the lock and try again.",
    )


def _covers(lock: Resource, scope: str) -> bool:
    return _is_within(scope, parent_of(lock.id))


def _is_within(inner: str, outer: str) -> bool:
    return f"{inner.lower()}/".startswith(f"{outer.lower()}/")


def _level(lock: Resource) -> str:
    return str(lock.properties["level"]).lower()
