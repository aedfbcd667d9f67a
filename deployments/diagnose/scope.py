"""The scope of a diagnosis, from the options and from what surrounds the command."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

from deployments.diagnose.options import Options
from deployments.diagnose.place import completed, surroundings
from tasks.domain.common.target import Resolvers
from tasks.domain.diagnostics.scope import Scope

_SHAPE: Final = "GROUP[/WORKSPACE[/ENDPOINT]] or an ARM id"
_ID_PARTS: Final = ("subscriptions", "resourcegroups", "providers", "workspaces", "onlineendpoints")


def scope_of(options: Options, environment: Mapping[str, str], folder: Path, home: Path) -> tuple[Scope, str]:
    """Return the scope, and which source named what.

    Raises:
        ValueError: The options contradict each other, or no source names a subscription.
    """
    named, group, workspace, endpoint = _given(options)
    given = {"subscription": named or options.subscription, "cloud": options.cloud or ""}
    given |= {"group": group, "workspace": workspace}
    names, origin = completed(given, surroundings(environment, folder, home))
    if "subscription" not in names:
        raise ValueError(
            "no subscription is given. Give --subscription, set AZURE_SUBSCRIPTION_ID, or choose one with "
            "`az login` and `az account set`."
        )
    is_pattern = any(mark in endpoint for mark in "*?[")
    fields: dict[str, Any] = {
        "subscription_id": names["subscription"],
        "resource_group": _unless_any(names.get("group", "")),
        "workspace": _unless_any(names.get("workspace", "")),
        "endpoint": None if is_pattern else endpoint or None,
        "include": (endpoint,) if is_pattern else ("*",),
        "cloud": names.get("cloud", "public"),
        "internet_proxy": options.internet_proxy or _variable(environment, "INTERNET_PROXY") or None,
        "resolvers": _resolvers(environment, options.custom_dns),
    }
    return Scope(**fields), origin


def talks_to(environment: Mapping[str, str], cloud: str) -> str:
    """Return whether requests go to Azure or to the emulator, for a reader."""
    proxy = urlsplit(environment.get("HTTPS_PROXY") or environment.get("https_proxy") or "")
    if environment.get("EMULATOR_CONTROL_URL") and proxy.hostname == "127.0.0.1":
        return f"on the emulator at {proxy.hostname}:{proxy.port}"
    return "on Azure" if cloud == "public" else f"on Azure ({cloud})"


def _given(options: Options) -> tuple[str, str, str, str]:
    """Return subscription, group, workspace and endpoint as the command line names them; * is any."""
    single = (options.resource_group, options.workspace, options.name)
    if not options.scope:
        return "", *single
    if any(single):
        raise ValueError("--scope names group, workspace and endpoint: leave out -g, -w and -n, or --scope.")
    named, names = _names_in(options.scope)
    if len(names) > 3:
        raise ValueError(f"{options.scope!r} is not a valid scope: use {_SHAPE}.")
    group, workspace, endpoint = ([one or "*" for one in names] + ["*"] * 3)[:3]
    return named, group, workspace, "" if endpoint == "*" else endpoint


def _names_in(text: str) -> tuple[str, list[str]]:
    """Return the subscription, if the text is an ARM id, and the names from the group on."""
    parts = [part.strip() for part in text.strip().strip("/").split("/")]
    if parts[0].lower() != "subscriptions":
        return "", parts
    kinds, names = [one.lower() for one in parts[::2]], parts[1::2]
    if tuple(kinds) != _ID_PARTS[: len(kinds)] or len(names) != len(kinds):
        raise ValueError(f"{text!r} is not a valid scope: use {_SHAPE}.")
    return names[0], [*names[1:2], *names[3:]]


def _unless_any(name: str) -> str | None:
    return None if name in {"", "*"} else name


def _resolvers(environment: Mapping[str, str], custom: str) -> Resolvers:
    given = {one: _variable(environment, f"DNS_{one.upper()}") for one in ("system", "custom", "azure")}
    given["custom"] = custom or given["custom"]
    return Resolvers.model_validate({name: one for name, one in given.items() if one})


def _variable(environment: Mapping[str, str], name: str) -> str:
    """Return a variable of the emulator, or of the team."""
    return environment.get(f"EMULATOR_{name}") or environment.get(f"ENDPOINT_OPS_{name}", "")
