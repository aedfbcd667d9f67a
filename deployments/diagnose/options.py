"""The options of `endpoint-ops diagnose`."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal

from cyclopts import Parameter


@dataclass(frozen=True, kw_only=True)
class Options:
    """The options of the command.

    Attributes:
        scope: GROUP[/WORKSPACE[/ENDPOINT]] instead of -g, -w and -n; or an ARM id.
        subscription: The subscription's GUID.
        resource_group: The resource group's name; `*` for all.
        workspace: The workspace's name; `*` for all.
        name: The endpoint's name, or a pattern such as `churn-*`.
        cloud: The Azure cloud; otherwise that of the az CLI's subscription, or public.
        custom_dns: The DNS server of the virtual network, ADDRESS or ADDRESS:PORT.
        internet_proxy: An HTTP proxy that exits to the internet, http://HOST:PORT, for the proof of isolation.
        request: A file to score with, JSON or other content; without one, no endpoint is called.
        scenario: Diagnose an emulator in this state; `list` prints all states.
        long: Run every check where all is healthy, too, and list each.
        verbose: Show the whole error where signing in failed.
        output: The format. tsv: path, health, code, reason and fix of each endpoint. junit: a test case for each check.
    """

    scope: str = ""
    subscription: str = ""
    resource_group: Annotated[str, Parameter(alias="-g")] = ""
    workspace: Annotated[str, Parameter(alias="-w")] = ""
    name: Annotated[str, Parameter(alias="-n")] = ""
    cloud: Literal["public", "usgovernment", "china"] | None = None
    custom_dns: str = ""
    internet_proxy: str = ""
    request: Path | None = None
    scenario: str = ""
    long: bool = False
    verbose: bool = False
    output: Annotated[Literal["table", "json", "tsv", "junit"], Parameter(alias="-o")] = "table"


DEFAULTS = Options()
