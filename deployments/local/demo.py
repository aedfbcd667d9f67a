"""Microsoft's guide from nothing to nothing: emulator and Prefect server up, lifecycle, teardown, everything down."""

from __future__ import annotations

import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

from deployments.console import say
from deployments.local.playground import interruptible, playground
from deployments.local.stack import GROUP, NETWORK_GROUP, REGION, WORKSPACE, subnet_in


def run(endpoint: Path, online_deployment: Path, request: Path) -> int:
    """Run the guide once with these files; return the exit status."""
    return interruptible(lambda: _demo(endpoint, online_deployment, request))


def _demo(endpoint: Path, online_deployment: Path, request: Path) -> int:
    began = time.monotonic()
    with playground("endpoint-demo-") as (_, variables):
        from deployments.local import guide  # noqa: PLC0415 -- Prefect reads its settings when it is imported

        named = (
            (name_in(endpoint, "demo-endpoint"), endpoint),
            (name_in(online_deployment, "blue"), online_deployment),
        )
        is_done = guide.run(_target(variables), _private_access(variables), guide.Files(*named, request))
    seconds = time.monotonic() - began
    say(f"Nothing is left running. {'All steps succeeded' if is_done else 'FAILED'}, in {seconds:.0f} s.")
    return 0 if is_done else 1


def _target(variables: Mapping[str, str]) -> dict[str, Any]:
    return {
        "subscription_id": variables["AZURE_SUBSCRIPTION_ID"],
        "resource_group": GROUP,
        "workspace": WORKSPACE,
        "location": REGION,
        "internet_proxy": variables["EMULATOR_INTERNET_PROXY"],
    }


def _private_access(variables: Mapping[str, str]) -> dict[str, str]:
    return {"subnet": subnet_in(variables["AZURE_SUBSCRIPTION_ID"]), "create_zones_in": NETWORK_GROUP}


def name_in(file: Path, fallback: str) -> str:
    """Return the `name` in a YAML file, or the fallback; the flow itself refuses a file that can't be read."""
    try:
        document: Any = yaml.safe_load(file.read_text(encoding="utf-8"))
    except (OSError, ValueError, yaml.YAMLError):
        return fallback
    name = document.get("name") if isinstance(document, dict) else None
    return name if isinstance(name, str) else fallback
