"""Resource providers, and their registration with the subscription."""

from __future__ import annotations

from typing import Any

from deployments.emulator.core import Emulator
from deployments.emulator.errors import ArmError, conflict
from deployments.emulator.http.call import Answer, Call
from deployments.emulator.http.routing import Route
from deployments.emulator.services.resources.subscriptions import REGIONS
from deployments.emulator.state import Resource

# Namespace → resource type → api-versions that clients may choose from.
PROVIDERS: dict[str, dict[str, tuple[str, ...]]] = {
    "Microsoft.Authorization": {
        "locks": ("2020-05-01", "2016-09-01"),
        "permissions": ("2022-04-01",),
        "policyAssignments": ("2022-06-01",),
        "policyDefinitions": ("2021-06-01",),
        "roleAssignments": ("2022-04-01",),
    },
    "Microsoft.ContainerRegistry": {"registries": ("2025-11-01", "2023-07-01", "2019-12-01-preview")},
    "Microsoft.EventGrid": {"systemTopics": ("2022-06-15",), "eventSubscriptions": ("2022-06-15",)},
    "Microsoft.Insights": {
        "components": ("2020-02-02", "2020-02-02-preview", "2015-05-01"),
        "diagnosticSettings": ("2021-05-01-preview",),
    },
    "Microsoft.KeyVault": {
        "vaults": ("2023-07-01", "2019-09-01"),
        "deletedVaults": ("2023-07-01",),
        "locations/deletedVaults": ("2023-07-01",),
    },
    "Microsoft.MachineLearningServices": {
        "workspaces": ("2024-10-01-preview", "2024-04-01-preview", "2023-08-01-preview", "2023-04-01"),
        "workspaces/onlineEndpoints": ("2023-04-01-preview", "2022-02-01-preview"),
        "workspaces/onlineEndpoints/deployments": ("2023-04-01-preview", "2022-02-01-preview"),
        "deletedWorkspaces": ("2024-10-01",),
        "registries": ("2024-04-01-preview",),
    },
    "Microsoft.ManagedIdentity": {"userAssignedIdentities": ("2023-01-31", "2018-11-30")},
    "Microsoft.Network": {
        "networkInterfaces": ("2023-11-01",),
        "privateDnsZones": ("2020-06-01", "2018-09-01"),
        "privateDnsZones/virtualNetworkLinks": ("2020-06-01", "2018-09-01"),
        "privateEndpoints": ("2023-11-01",),
        "virtualNetworks": ("2023-11-01",),
    },
    "Microsoft.OperationalInsights": {"workspaces": ("2020-08-01", "2015-03-20")},
    "Microsoft.PolicyInsights": {"policyStates": ("2019-10-01",)},
    "Microsoft.Resources": {"deployments": ("2024-03-01", "2020-06-01"), "resourceGroups": ("2024-03-01",)},
    "Microsoft.Storage": {"storageAccounts": ("2023-01-01", "2019-06-01")},
}
REGISTERED, NOT_REGISTERED = "Registered", "NotRegistered"
ALWAYS = ("Microsoft.Authorization", "Microsoft.Resources")
READ = "Microsoft.Resources/subscriptions/providers/read"
PROVIDER = "/subscriptions/{subscription}/providers/{namespace}"


def routes() -> list[Route]:
    """Providers, and registration with them."""
    return [
        Route("GET", "/subscriptions/{subscription}/providers", _list, action=READ),
        Route("GET", PROVIDER, _get, action=READ),
        Route("POST", PROVIDER + "/register", _register),
        Route("POST", PROVIDER + "/unregister", _unregister),
    ]


def require_registered(emulator: Emulator, namespace: str) -> None:
    """Require that the subscription is registered with a resource's provider.

    Raises:
        ArmError: 409 MissingSubscriptionRegistration.
    """
    if namespace.lower() in _off(emulator).private:
        raise conflict(
            "MissingSubscriptionRegistration",
            f"The subscription is not registered to use namespace '{namespace}'. "
            "See https://aka.ms/rps-not-found for how to register subscriptions.",
        )


def _off(emulator: Emulator) -> Resource:
    """Return the namespaces, in lower case, that the subscription was unregistered from."""
    identity = f"/subscriptions/{emulator.resources.setting('subscription', str)}/unregisteredProviders"
    return emulator.resources.get(identity) or emulator.resources.put(identity, {})


def _document(call: Call, namespace: str) -> dict[str, Any]:
    kinds = [
        {
            "resourceType": kind,
            "locations": list(REGIONS.values()),
            "apiVersions": list(versions),
            "capabilities": "None",
        }
        for kind, versions in PROVIDERS[namespace].items()
    ]
    state = NOT_REGISTERED if namespace.lower() in _off(call.emulator).private else REGISTERED
    return {
        "id": f"/subscriptions/{call.params['subscription']}/providers/{namespace}",
        "namespace": namespace,
        "resourceTypes": kinds,
        "registrationState": state,
        "registrationPolicy": "RegistrationFree" if namespace in ALWAYS else "RegistrationRequired",
    }


def _named(call: Call) -> str:
    given = call.params["namespace"]
    found = next((namespace for namespace in PROVIDERS if namespace.lower() == given.lower()), None)
    if found is None:
        raise ArmError(404, "InvalidResourceNamespace", f"The resource namespace '{given}' is invalid.")
    return found


def _list(call: Call) -> Answer:
    return Answer(200, {"value": [_document(call, namespace) for namespace in PROVIDERS]})


def _get(call: Call) -> Answer:
    return Answer(200, _document(call, _named(call)))


def _register(call: Call) -> Answer:
    namespace = _named(call)
    note = _off(call.emulator)
    note.private.pop(namespace.lower(), None)
    call.emulator.resources.save(note)
    return Answer(200, _document(call, namespace))


def _unregister(call: Call) -> Answer:
    namespace = _named(call)
    if namespace not in ALWAYS:
        note = _off(call.emulator)
        note.private[namespace.lower()] = True
        call.emulator.resources.save(note)
    return Answer(200, _document(call, namespace))
