"""The shapes of workspaces and of their endpoints that are to be seeded."""

from __future__ import annotations

from dataclasses import dataclass, field, fields
from typing import Any, Literal, TypeVar

Access = Literal["Enabled", "Disabled"]
Shape = TypeVar("Shape")


@dataclass(frozen=True, slots=True)
class EndpointShape:
    """An endpoint, its online deployments and its traffic.

    `cluster`: it runs in a Kubernetes cluster, called over this scheme. `egress` Disabled is legacy isolation.
    `logged`: a diagnostic setting sends all its logs to a Log Analytics workspace.
    """

    name: str
    auth_mode: Literal["Key", "AMLToken", "AADToken"] = "AADToken"
    public_network_access: Access = "Disabled"
    deployments: tuple[str, ...] = ("blue",)
    traffic: dict[str, int] = field(default_factory=lambda: {"blue": 100})
    mirror_traffic: dict[str, int] = field(default_factory=dict)
    egress: Access = "Enabled"
    cluster: Literal["", "https", "http"] = ""
    tags: dict[str, str] = field(default_factory=dict)
    logged: bool = False


@dataclass(frozen=True, slots=True)
class WorkspaceShape:
    """A workspace with the resources that it depends on.

    Attributes:
        registry: none, Basic, Standard, Premium, or Private (Premium without public access, and a build compute).
        vault: Open to everybody, or Closed to all but Azure services.
        private_endpoint: Callers inside the network reach it by a private endpoint.
        copies: Number of further endpoints like the first one, named after it with a number.
    """

    name: str
    group: str = "seeded"
    location: str = "westeurope"
    isolation_mode: Literal["Disabled", "AllowInternetOutbound", "AllowOnlyApprovedOutbound"] = (
        "AllowOnlyApprovedOutbound"
    )
    registry: Literal["none", "Basic", "Standard", "Premium", "Private"] = "none"
    vault: Literal["Open", "Closed"] = "Open"
    public_network_access: Access = "Disabled"
    private_endpoint: bool = True
    endpoints: tuple[EndpointShape, ...] = ()
    copies: int = 0


def shapes_in(document: dict[str, Any]) -> list[WorkspaceShape]:
    """The workspaces that a document asks for.

    `{"workspaces": 2, "endpoints": 50}` are two alike with fifty endpoints alike in each; `{"workspaces": [{"name": …,
    "endpoints": [{"name": …}]}]}` are shapes of one's own. Other fields hold for every workspace.

    Raises:
        ValueError: a field that doesn't exist, or one that is missing.
    """
    rest = {name: value for name, value in document.items() if name not in ("workspaces", "endpoints")}
    workspaces = document.get("workspaces", 1)
    if isinstance(workspaces, list):
        return [_workspace({**rest, **one}) for one in workspaces]
    count = int(document.get("endpoints", 1))
    return [_alike(rest, number, count) for number in range(int(workspaces))]


def _alike(rest: dict[str, Any], number: int, endpoints: int) -> WorkspaceShape:
    own = {name: rest[name] for name in _names(EndpointShape) & rest.keys() - {"name", "public_network_access"}}
    prefix = rest.get("name", "ml")
    common = {name: value for name, value in rest.items() if name not in own and name != "name"}
    first = [{"name": f"{prefix}-{number:03}-e", **own}] if endpoints else []
    copies = {"copies": max(0, endpoints - 1)}
    return _workspace({"name": f"{prefix}-{number:03}", "endpoints": first, **copies, **common})


def _workspace(document: dict[str, Any]) -> WorkspaceShape:
    endpoints = tuple(_made(EndpointShape, one) for one in document.get("endpoints") or [])
    return _made(WorkspaceShape, {**document, "endpoints": endpoints})


def _made(kind: type[Shape], document: dict[str, Any]) -> Shape:
    unknown = document.keys() - _names(kind)
    if unknown:
        raise ValueError(f"unknown field {', '.join(sorted(unknown))}; known are {', '.join(sorted(_names(kind)))}")
    try:
        return kind(**{name: tuple(value) if isinstance(value, list) else value for name, value in document.items()})
    except TypeError as error:
        raise ValueError(f"{kind.__name__}: {error}") from error


def _names(kind: type[Any]) -> set[str]:
    return {one.name for one in fields(kind)}
