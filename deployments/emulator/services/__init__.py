"""One module or folder per Azure resource provider.

Each has `routes()`; those with state of their own also have `set_up(emulator)`, which seeds resources and registers the
completions of long-running operations, and `tear_down(emulator)`, which stops what they started.
"""

from __future__ import annotations

from deployments.emulator.core import Emulator
from deployments.emulator.errors import ArmError
from deployments.emulator.http.call import Answer, Call
from deployments.emulator.http.routing import Route
from deployments.emulator.services import (
    authorization,
    compute,
    container_registry,
    identity,
    insights,
    key_vault,
    kubernetes,
    log_analytics,
    machine_learning,
    managed_identity,
    network,
    operational_insights,
    private_dns,
    private_link,
    scoring,
    storage,
    storage_account,
)
from deployments.emulator.services.resources import (
    deployment_routes,
    groups,
    listing,
    providers,
    subscriptions,
    tags,
)

ALL = (
    *(identity, subscriptions, groups, listing, tags, providers, authorization, deployment_routes),
    *(private_link, compute, scoring, kubernetes, log_analytics, machine_learning),
    # What stands on nothing but resource groups, in alphabetical order.
    *(
        container_registry,
        insights,
        key_vault,
        managed_identity,
        network,
        operational_insights,
        private_dns,
        storage,
        storage_account,
    ),
)


def all_routes() -> list[Route]:
    """The routes of every service."""
    return [route for service in ALL for route in service.routes()]


def set_up(emulator: Emulator) -> None:
    """Let every service seed its state; safe on a state that was seeded before."""
    for service in ALL:
        if hasattr(service, "set_up"):
            service.set_up(emulator)


async def tear_down(emulator: Emulator) -> None:
    """Let every service stop what it started."""
    await scoring.tear_down(emulator)


def clear(emulator: Emulator) -> None:
    """Let every service forget what it keeps outside of the resources, as a reset does."""
    log_analytics.clear(emulator)


def refusal(call: Call, error: ArmError) -> Answer:
    """A refusal in the form of the service that the host is one of: storage has its own, the rest have ARM's."""
    if storage.answers_at(call.host):
        return storage.answer_of(call, error)
    return Answer(error.status, error.body(), dict(error.headers))


def resolves(emulator: Emulator, host: str) -> bool:
    """Return whether a served host name is in the public DNS; most always are."""
    return scoring.resolves(emulator, host)


def takes_plain_http(host: str) -> bool:
    """Return whether a served host accepts requests without TLS; none of Azure's own does."""
    return kubernetes.takes_plain_http(host)
