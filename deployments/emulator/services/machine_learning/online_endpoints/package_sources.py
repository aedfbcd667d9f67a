"""From where the packages of a conda file come, and whether a managed network lets them in."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

from deployments.emulator.services.machine_learning.network_isolation.isolation import Rules

CONDA, DEFAULTS = "https://conda.anaconda.org", "https://repo.anaconda.com/pkgs/main"
PYPI, PYPI_FILES = "https://pypi.org/simple", "https://files.pythonhosted.org"
_INDEX = re.compile(r"^--(?:extra-)?index-url[= ]\s*(\S+)")


def unreachable(conda_file: str, rules: Rules) -> list[str]:
    """The addresses that a conda file needs and no FQDN rule allows (docs: how-to-managed-network, packages)."""
    allowed = [host.strip() for rule in rules.values() if rule["type"] == "FQDN" for host in _hosts(rule)]
    needed = dict.fromkeys(_sources(json.loads(conda_file)))
    return [address for address in needed if not _allows(allowed, str(urlsplit(address).hostname))]


def complaint(address: str) -> str:
    """What conda or pip says of an address that it can't reach."""
    if address.startswith((PYPI, PYPI_FILES)):
        return f"Pip subprocess error: Could not fetch URL {address}/: connection error."
    return (
        f"CondaHTTPError: HTTP 000 CONNECTION FAILED for url <{address}>. An HTTP error occurred when trying to "
        "retrieve this URL."
    )


def _hosts(rule: dict[str, Any]) -> list[str]:
    return [entry.partition(":")[0] for entry in str(rule["destination"]).split(",")]


def _allows(allowed: list[str], host: str) -> bool:
    """A wildcard does not cover the root name."""
    return any(host.lower() == one.lower() or (one[:2] == "*." and host.lower().endswith(one[1:])) for one in allowed)


def _sources(conda: Any) -> Iterator[str]:
    entries = (conda.get("dependencies") if isinstance(conda, dict) else None) or []
    if any(isinstance(entry, str) for entry in entries):
        for channel in conda.get("channels") or ["defaults"]:
            yield channel if "://" in channel else DEFAULTS if channel == "defaults" else f"{CONDA}/{channel}"
    for pip in (entry["pip"] for entry in entries if isinstance(entry, dict) and entry.get("pip")):
        indexes = [match[1] for line in pip if (match := _INDEX.match(str(line).strip()))]
        replaced = any(str(line).strip().startswith("--index-url") for line in pip)
        yield from indexes if replaced else [PYPI, PYPI_FILES, *indexes]
