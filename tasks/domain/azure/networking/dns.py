"""Answers of DNS servers, and the answers expected for a scoring host."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable
from typing import Final, Literal

from pydantic import BaseModel

from tasks.domain.common.target import Cloud

Vantage = Literal["system", "custom", "azure"]
DnsOutcome = Literal["answered", "no_such_name", "no_address", "no_answer", "server_failure"]

# learn.microsoft.com/azure/machine-learning/how-to-custom-dns
PRIVATE_ZONES: Final[dict[Cloud, str]] = {
    "public": "privatelink.api.azureml.ms",
    "usgovernment": "privatelink.api.ml.azure.us",
    "china": "privatelink.api.ml.azure.cn",
}
NOTEBOOK_ZONES: Final[dict[Cloud, str]] = {
    "public": "privatelink.notebooks.azure.net",
    "usgovernment": "privatelink.notebooks.usgovcloudapi.net",
    "china": "privatelink.notebooks.chinacloudapi.cn",
}


BLOB_ZONES: Final[dict[Cloud, str]] = {
    "public": "privatelink.blob.core.windows.net",
    "usgovernment": "privatelink.blob.core.usgovcloudapi.net",
    "china": "privatelink.blob.core.chinacloudapi.cn",
}


class DnsAnswer(BaseModel, frozen=True):
    """One server's answer to one query.

    Attributes:
        vantage: The server queried: the caller's own resolver, the team's DNS server, or Azure's.
        server: Its address, where known.
        names: The chain of names in the answer, the queried one first.
        detail: Why there is no address, if there is none.
    """

    vantage: Vantage
    server: str
    outcome: DnsOutcome
    names: tuple[str, ...] = ()
    addresses: tuple[str, ...] = ()
    detail: str = ""

    @property
    def text(self) -> str:
        """The addresses, or why there are none."""
        return ", ".join(self.addresses) or self.detail or self.outcome.replace("_", " ")


def workspace_zones(cloud: Cloud) -> tuple[str, str]:
    """The private DNS zones of a workspace: of its API and scoring hosts, and of its notebooks."""
    return PRIVATE_ZONES[cloud], NOTEBOOK_ZONES[cloud]


def inference_record(workspace_guid: str, location: str) -> str:
    """Return the name of the A record, in the private zone, that all scoring hosts of a workspace share."""
    return f"*.{workspace_guid}.inference.{location.replace(' ', '').lower()}"


def outside_of(addresses: Iterable[str], ranges: Iterable[str]) -> tuple[str, ...]:
    """Return the addresses that lie in none of the ranges (CIDR)."""
    networks = [ipaddress.ip_network(one, strict=False) for one in ranges]
    return tuple(one for one in addresses if not any(ipaddress.ip_address(one) in network for network in networks))


def is_address(host: str) -> bool:
    """Return whether a host is given by address rather than by name."""
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True
