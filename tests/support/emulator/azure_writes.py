"""What tests of several clients do: deploy the sample, and see in the journal what was written."""

from __future__ import annotations

import re
from pathlib import Path

from support.emulator.running import RunningEmulator
from tasks.clients.connect import Azure
from tasks.domain.azure.online_deployment import OnlineDeploymentSpec


def written(emulator: RunningEmulator, part: str) -> list[str]:
    """Method and address of all writes whose address contains something, the oldest first.

    Asking for keys, tokens and logs is a POST, but writes nothing.
    """
    asking = re.compile(r"(listKeys|listSecrets|token|getLogs|query|score)$", re.IGNORECASE)
    found = []
    for one in emulator.journal():
        address = one["url"].split("?")[0]
        if one["method"] not in {"GET", "HEAD"} and part.lower() in address.lower() and not asking.search(address):
            found.append(f"{one['method']} {address}")
    return found


def deploy(azure: Azure, endpoint: str, files: Path, name: str = "blue") -> None:
    """Upload and create an online deployment."""
    spec = OnlineDeploymentSpec(name=name, file=str(files / "blue-deployment.yml"))
    azure.online_deployments.create_or_update(endpoint, spec, azure.online_deployments.upload(spec))
