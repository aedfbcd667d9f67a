"""The routes of Microsoft.Resources and Microsoft.Authorization, and what they start with."""

from __future__ import annotations

from deployments.emulator.core import Emulator
from deployments.emulator.http.routing import Route
from deployments.emulator.services.resources import (
    authorization,
    deployment_routes,
    groups,
    listing,
    providers,
    subscriptions,
)


def routes() -> list[Route]:
    """Subscriptions, resource groups, deployments, providers, role assignments."""
    modules = (subscriptions, groups, listing, providers, authorization, deployment_routes)
    return [route for module in modules for route in module.routes()]


def set_up(emulator: Emulator) -> None:
    """Make the subscription and its first principal, and register what completes operations."""
    subscriptions.set_up(emulator)
    groups.set_up(emulator)
    deployment_routes.set_up(emulator)
