"""The DNS view of a caller in the virtual network: the linked private zones first, the public DNS otherwise."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from zlib import crc32

from deployments.emulator import services
from deployments.emulator.core import Emulator
from deployments.emulator.http.routing import Router
from deployments.emulator.services import private_dns, private_link
from deployments.emulator.services.network.callers import network_id
from deployments.emulator.state import Resource

WORKSPACES = "Microsoft.MachineLearningServices/workspaces"
PUBLIC_SECONDS = 60
MAXIMUM_CHAIN = 8
ANSWERING = ("A", "AAAA", "CNAME", "TXT")  # not links, nor the zone's own SOA


@dataclass(frozen=True, slots=True)
class Record:
    """One answer: a name, the seconds it may be kept, a type such as A, and the value as zone files write it."""

    name: str
    seconds: int
    type: str
    value: str


@dataclass(frozen=True, slots=True)
class Resolution:
    """The records that answer a question, aliases first; `exists` is False where the name or its alias isn't there."""

    records: list[Record]
    exists: bool


@dataclass(frozen=True, slots=True)
class Alias:
    """Public names that Azure turns into names of a private link zone, and the type of the resource behind them."""

    pattern: re.Pattern[str]
    target: str
    type: str


# learn.microsoft.com/azure/private-link/private-endpoint-dns and …/machine-learning/how-to-custom-dns
ALIASES = tuple(
    Alias(re.compile(pattern), target, kind)
    for pattern, target, kind in (
        (
            r"(?P<guid>[0-9a-f-]{36})\.workspace\.(?P<rest>[a-z0-9]+(\.cert)?)\.api\.azureml\.ms",
            "{guid}.workspace.{rest}.privatelink.api.azureml.ms",
            WORKSPACES,
        ),
        (
            r"(?P<rest>ml-.+-(?P<guid>[0-9a-f-]{36})\.[a-z0-9]+)\.notebooks\.azure\.net",
            "{rest}.privatelink.notebooks.azure.net",
            WORKSPACES,
        ),
        (
            r"(?P<name>[a-z0-9]+)\.(?P<rest>blob|file|queue|table|dfs|web)\.core\.windows\.net",
            "{name}.privatelink.{rest}.core.windows.net",
            "Microsoft.Storage/storageAccounts",
        ),
        (
            r"(?P<name>[a-z0-9-]+)\.vault\.azure\.net",
            "{name}.privatelink.vaultcore.azure.net",
            "Microsoft.KeyVault/vaults",
        ),
        (
            r"(?P<name>[a-z0-9]+)(?P<rest>\.[a-z0-9]+\.data|)\.azurecr\.io",
            "{name}{rest}.privatelink.azurecr.io",
            "Microsoft.ContainerRegistry/registries",
        ),
    )
)
SCORING_HOST = re.compile(r"[a-z0-9-]+\.[a-z0-9]+\.inference\.ml\.azure\.com")
PRIVATE_NAME = re.compile(r"(.+\.)?privatelink\..+")


def resolve(emulator: Emulator, name: str, kind: str, *, private: bool = True) -> Resolution:
    """Resolve a name.

    Args:
        emulator: Whose resources the names are of.
        name: In lower case, without the dot at its end.
        kind: The record type, e.g. A.
        private: Whether the zones linked to the callers' network are seen.
    """
    zones = private_dns.zones_seen_from(emulator, network_id(emulator)) if private else []
    chain: list[Record] = []
    for _ in range(MAXIMUM_CHAIN):
        zone = _zone_of(zones, name)
        found = _in_zone(emulator, zone, name, kind) if zone else _in_public(emulator, name, kind)
        chain += found or []
        if not found or found[-1].type != "CNAME" or kind == "CNAME":
            return Resolution(chain, exists=found is not None)
        name = found[-1].value.rstrip(".")
    return Resolution(chain, exists=True)


def _zone_of(zones: list[Resource], name: str) -> Resource | None:
    """The zone with the longest name that this one is in."""
    inside = [zone for zone in zones if f".{name}".endswith(f".{zone.name.lower()}")]
    return max(inside, key=lambda zone: len(zone.name), default=None)


def _in_zone(emulator: Emulator, zone: Resource, name: str, kind: str) -> list[Record] | None:
    """The record sets of a private zone, wildcards included; an empty list where the name has others only."""
    own = name.removesuffix(zone.name.lower()).rstrip(".") or "@"
    answering = [one for one in emulator.resources.below(zone.id) if _type(one) in ANSWERING]
    names = {one.name.lower() for one in answering}
    relative = own if own in names else _wildcard(names, own)
    if relative is None:
        return [] if own == "@" or any(known.endswith(f".{own}") for known in names) else None
    held = [one for one in answering if one.name.lower() == relative and _type(one) in (kind, "CNAME")]
    return [record for one in held for record in _records(name, one)]


def _wildcard(names: set[str], own: str) -> str | None:
    """The closest wildcard above a name (RFC 4592)."""
    labels = own.split(".")
    candidates = ("*." + ".".join(labels[at:]) if at < len(labels) else "*" for at in range(1, len(labels) + 1))
    return next((candidate for candidate in candidates if candidate in names), None)


def _type(resource: Resource) -> str:
    return str(resource.body.get("type", "")).rsplit("/", 1)[-1]


def _records(name: str, held: Resource) -> list[Record]:
    properties, kind = held.properties, _type(held)
    return [Record(name, int(properties["ttl"]), kind, value) for value in _values(kind, properties)]


def _values(kind: str, properties: dict[str, Any]) -> list[str]:
    if kind == "CNAME":
        return [str(properties["cnameRecord"]["cname"]).rstrip(".") + "."]
    if kind == "TXT":
        return [" ".join(f'"{part}"' for part in one["value"]) for one in properties["txtRecords"]]
    field = "ipv4Address" if kind == "A" else "ipv6Address"
    return [one[field] for one in properties[f"{kind.lower()}Records"]]


def _in_public(emulator: Emulator, name: str, kind: str) -> list[Record] | None:
    """The public DNS: aliases into the private link zones for what has a private endpoint, and made-up addresses."""
    alias = _scoring_alias(emulator, name) or _alias_of(emulator, name)
    if alias:
        return [Record(name, PUBLIC_SECONDS, "CNAME", f"{alias}.")]
    if not _is_public(emulator, name):
        return None
    return [Record(name, PUBLIC_SECONDS, "A", public_address(name))] if kind == "A" else []


def _is_public(emulator: Emulator, name: str) -> bool:
    """Return whether this is the host name of a service or a resource, or one that only an alias leads to."""
    if PRIVATE_NAME.fullmatch(name) or any(owners for _, _, owners in _owners(emulator, name)):
        return True
    return emulator.part(Router).knows(name) and services.resolves(emulator, name)


def public_address(name: str) -> str:
    """An address for a public name, from the range that is set aside for documentation (RFC 5737)."""
    return f"203.0.113.{crc32(name.encode()) % 254 + 1}"


def _alias_of(emulator: Emulator, name: str) -> str:
    for alias, parts, owners in _owners(emulator, name):
        if any(private_link.connections_of(emulator, owner.id) for owner in owners):
            return alias.target.format(**parts)
    return ""


def _owners(emulator: Emulator, name: str) -> Iterator[tuple[Alias, dict[str, str], list[Resource]]]:
    """The aliases that a name could have, with its parts and the resources that it would belong to."""
    for alias in ALIASES:
        found = alias.pattern.fullmatch(name)
        if found:
            parts = {key: value or "" for key, value in found.groupdict().items()}
            yield alias, parts, _known_as(emulator, alias.type, parts)


def _known_as(emulator: Emulator, kind: str, parts: dict[str, str]) -> list[Resource]:
    """Workspaces are known by their GUID, the rest by name."""
    if kind != WORKSPACES:
        return emulator.resources.named(kind, parts["name"])
    return [one for one in emulator.resources.of_type(kind) if one.properties["workspaceId"] == parts["guid"]]


def _scoring_alias(emulator: Emulator, name: str) -> str:
    """`{e}.{region}.inference.ml.azure.com` becomes `{e}.{guid}.inference.{region}.privatelink.api.azureml.ms`."""
    found = SCORING_HOST.fullmatch(name)
    label = name.partition(".")[0]
    for resource in emulator.resources.named(f"{WORKSPACES}/onlineEndpoints", label) if found else []:
        workspace = emulator.resources.require(resource.id.rsplit("/", 2)[0])
        region = str(workspace.body["location"]).replace(" ", "").lower()
        mine = f"{resource.name.lower()}.{region}.inference.ml.azure.com" == name
        if mine and private_link.connections_of(emulator, workspace.id):
            guid = workspace.properties["workspaceId"]
            return f"{resource.name.lower()}.{guid}.inference.{region}.privatelink.api.azureml.ms"
    return ""
