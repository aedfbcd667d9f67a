"""From where an environment's packages come, and the outbound rules that let Azure fetch them for the image.

Source: learn.microsoft.com/azure/machine-learning/how-to-managed-network (access to public machine learning packages).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Final
from urllib.parse import urlsplit

from tasks.domain.common.errors import InvalidSpec

_CONDA: Final = "conda.anaconda.org"
_DEFAULTS: Final = "repo.anaconda.com"
_PYPI: Final = ("pypi.org", "files.pythonhosted.org")
_INDEX: Final = re.compile(r"--(?P<extra>extra-)?index-url[= ]\s*(?P<url>\S+)")


def package_hosts(conda: object) -> tuple[str, ...]:
    """Return the host names that the packages of a conda file come from; empty where the file has no packages."""
    document = conda if isinstance(conda, Mapping) else {}
    entries = document.get("dependencies")
    return tuple(dict.fromkeys(_hosts(entries if isinstance(entries, list) else [], document.get("channels"))))


def check_package_sources(file: str, hosts: Iterable[str], allowed: Iterable[str]) -> None:
    """Check that the managed network allows every host.

    Args:
        file: The conda file, for the message.
        hosts: See ``package_hosts``.
        allowed: Destinations of FQDN rules.

    Raises:
        InvalidSpec: With the rules to add.
    """
    patterns = tuple(allowed)
    missing = [host for host in hosts if not any(_covers(pattern, host) for pattern in patterns)]
    if not missing:
        return
    rules = ", ".join(
        f'{{"type": "fqdn", "name": "{host.replace(".", "-")}", "destination": "{host}"}}' for host in missing
    )
    raise InvalidSpec(
        f"{file} has packages from {', '.join(missing)}, which the managed network does not allow, so Azure could not "
        "install them",
        f"Add to workspace.outbound_rules: [{rules}] (Azure then adds a firewall, which costs extra), or use an "
        "environment with a ready image and no conda_file.",
    )


def _hosts(entries: Iterable[object], channels: object) -> Iterator[str]:
    listed = list(entries)
    if any(isinstance(entry, str) for entry in listed):
        names = [str(one) for one in channels] if isinstance(channels, list) and channels else ["defaults"]
        for name in names:
            yield _host(name) if "://" in name else _DEFAULTS if name == "defaults" else _CONDA
    for entry in listed:
        lines = entry.get("pip") if isinstance(entry, Mapping) else None
        if isinstance(lines, list) and lines:
            yield from _indexes([str(line) for line in lines])


def _indexes(lines: list[str]) -> Iterator[str]:
    found = [match for line in lines if (match := _INDEX.match(line.strip()))]
    if all(match["extra"] for match in found):  # nothing replaces the public index
        yield from _PYPI
    yield from (_host(match["url"]) for match in found)


def _host(address: str) -> str:
    return urlsplit(address).hostname or address


def _covers(pattern: str, host: str) -> bool:
    """A wildcard does not cover the root name."""
    text, name = pattern.lower(), host.lower()
    return name == text or (text.startswith("*.") and name.endswith(text[1:]))
