"""Microsoft.Authorization: roles, the caller's permissions, locks and policies."""

from __future__ import annotations

from deployments.emulator.core import Emulator
from deployments.emulator.http.routing import Route
from deployments.emulator.rights import Rights
from deployments.emulator.rights.evaluation import ASSIGNMENTS
from deployments.emulator.services.authorization import (
    assignments,
    definitions,
    locks,
    permissions,
    policies,
)


def routes() -> list[Route]:
    """The routes at a subscription, a group or a resource, and the tenant's role definitions."""
    return [*permissions.routes(), *definitions.routes(), *assignments.routes(), *locks.routes(), *policies.routes()]


def set_up(emulator: Emulator) -> None:
    """Make the first principal the subscription's owner, where there is no assignment yet."""
    if not emulator.resources.of_type(ASSIGNMENTS):
        subscription = emulator.resources.setting("subscription", str)
        emulator.part(Rights).assign(emulator.directory.first().object_id, f"/subscriptions/{subscription}", "Owner")
