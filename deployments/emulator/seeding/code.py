"""Code assets whose scoring script is given as text."""

from __future__ import annotations

import re
from typing import Any

from deployments.emulator.core import Emulator
from deployments.emulator.services.machine_learning.assets.kinds import CODES
from deployments.emulator.services.machine_learning.workspaces.body import stamp
from deployments.emulator.services.storage import blobs
from deployments.emulator.state import Resource

SCRIPT = "score.py"
CONTAINER = "scripts"


def put_code(emulator: Emulator, workspace: Resource, name: str, text: str) -> Resource:
    """The first version of a code asset with one scoring script, made if it isn't there."""
    identity = f"{workspace.id}/codes/{name}/versions/1"
    known = emulator.resources.get(identity)
    if known:
        return known
    account = str(workspace.properties["storageAccount"]).rsplit("/", 1)[-1].lower()
    place = f"{re.sub(r'[^a-z0-9-]', '-', workspace.name.lower())}/{name}"
    file = blobs.file_of(emulator, blobs.Address(account, CONTAINER, f"{place}/{SCRIPT}"))
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text, encoding="utf-8")
    uri = f"https://{account}.blob.core.windows.net/{CONTAINER}/{place}"
    common: dict[str, Any] = {"description": None, "tags": {}, "properties": {}}
    properties = {**common, "isArchived": False, "isAnonymous": False, **CODES.properties({"codeUri": uri})}
    return emulator.resources.create(identity, properties, systemData=stamp(emulator.clock.timestamp(), "service"))
