"""The addresses and names of a private endpoint, by the type of its target."""

from __future__ import annotations

from dataclasses import dataclass

from deployments.emulator.services.private_link import WORKSPACE_ZONES
from deployments.emulator.state import Resource, type_of


@dataclass(frozen=True, slots=True)
class Member:
    """One address of a private endpoint: its name, its public host names, and its records per private DNS zone."""

    name: str
    hosts: tuple[str, ...]
    records: tuple[tuple[str, str], ...]


def members_of(target: Resource, group: str) -> list[Member]:
    """The members of a sub-resource (group id) of a target."""
    kind = type_of(target.id).lower()
    if kind == "microsoft.machinelearningservices/workspaces":
        return _workspace(target)
    if kind == "microsoft.containerregistry/registries":
        return _registry(target)
    name = target.name.lower()
    if kind == "microsoft.keyvault/vaults":
        return [Member("default", (f"{name}.vault.azure.net",), (("privatelink.vaultcore.azure.net", name),))]
    host = f"{name}.{group}.core.windows.net"
    return [Member(group, (host,), ((f"privatelink.{group}.core.windows.net", name),))]


def _workspace(workspace: Resource) -> list[Member]:
    """Three addresses (learn.microsoft.com/azure/machine-learning/how-to-custom-dns)."""
    guid, region = workspace.properties["workspaceId"], str(workspace.body["location"]).replace(" ", "").lower()
    api, notebooks = WORKSPACE_ZONES["public"]
    home = f"{guid}.workspace.{region}"
    notebook = f"ml-{workspace.name.lower()}-{region}-{guid}.{region}"
    return [
        Member(
            "default",
            (f"{home}.api.azureml.ms", f"{home}.cert.api.azureml.ms"),
            ((api, home), (api, f"{home}.cert")),
        ),
        Member("notebook", (f"{notebook}.notebooks.azure.net",), ((notebooks, notebook),)),
        Member("inference", (f"*.{region}.inference.ml.azure.com",), ((api, f"*.{guid}.inference.{region}"),)),
    ]


def _registry(registry: Resource) -> list[Member]:
    name, region = registry.name.lower(), registry.body["location"]
    zone = "privatelink.azurecr.io"
    data = f"{name}.{region}.data"
    return [
        Member(f"registry_data_{region}", (f"{data}.azurecr.io",), ((zone, data),)),
        Member("registry", (f"{name}.azurecr.io",), ((zone, name),)),
    ]
