"""Identities with exactly the rights of the operator's guide: custom roles of deployments/roles, or built-in ones."""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from fnmatch import fnmatchcase

import pytest

from support.emulator.management import Management
from support.emulator.running import RunningEmulator
from support.paths import ROOT
from tasks.domain.azure.ownership import with_ownership

ROLES = ROOT / "deployments" / "roles"
DEFINITIONS = "/providers/Microsoft.Authorization/roleDefinitions"
VERSION = "2022-04-01"


@dataclass(frozen=True)
class Identity:
    """A service principal, and what its requests needed."""

    emulator: RunningEmulator
    client_id: str
    client_secret: str

    def used(self, group: str) -> set[str]:
        """The actions that its requests needed in a resource group, in lower case."""
        found: dict[str, list[str]] = self.emulator.control("GET", f"/actions?client_id={self.client_id}").json()
        end = f"/resourcegroups/{group}".lower()
        return {action.lower() for action, scopes in found.items() if any(one.endswith(end) for one in scopes)}

    def spare(self, file: str, group: str) -> set[str]:
        """The actions of a custom role that no request needed in a resource group, in lower case."""
        return spare_in(file, self.used(group))

    @contextmanager
    def acting(self) -> Iterator[None]:
        """Let flows of this process sign in as this identity for a while."""
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("AZURE_CLIENT_ID", self.client_id)
            patch.setenv("AZURE_CLIENT_SECRET", self.client_secret)
            yield


def identity_with(emulator: RunningEmulator, roles: dict[str, str]) -> Identity:
    """A new identity with these roles, by resource group: names of built-in roles, or files of custom ones."""
    scopes = {
        f"/subscriptions/{emulator.subscription}/resourceGroups/{group}": _role(emulator, role)
        for group, role in roles.items()
    }
    made = emulator.control("POST", "/principals", {"roles": scopes}).json()
    return Identity(emulator, made["client_id"], made["client_secret"])


def spare_in(file: str, used: set[str]) -> set[str]:
    """The actions of a custom role that are not among the used ones, in lower case."""
    given = {action.lower() for action in json.loads((ROLES / file).read_text())["Actions"]}
    return {one for one in given if not any(fnmatchcase(each, one) for each in used)}


def _role(emulator: RunningEmulator, role: str) -> str:
    return define(emulator, role) if role.endswith(".json") else role


def define(emulator: RunningEmulator, file: str) -> str:
    """Define a custom role as `az role definition create` does; returns its id."""
    document = json.loads((ROLES / file).read_text())
    place = f"/subscriptions/{emulator.subscription}"
    names = {"Actions": "actions", "NotActions": "notActions", "DataActions": "dataActions"}
    body = {
        "roleName": document["Name"],
        "description": document["Description"],
        "type": "CustomRole",
        "assignableScopes": [place],
        "permissions": [{wire: document[name] for name, wire in names.items()}],
    }
    identity = f"{place}{DEFINITIONS}/{uuid.uuid5(uuid.NAMESPACE_URL, document['Name'])}"
    answer = Management(emulator).ask("PUT", identity, {"properties": body}, VERSION)
    assert answer.status_code == 201, answer.text
    return identity


def make_group(emulator: RunningEmulator, name: str) -> None:
    """A resource group as an administrator makes it for these flows, which may remove it as theirs."""
    path = f"/subscriptions/{emulator.subscription}/resourceGroups/{name}"
    tags = with_ownership(None, path)
    Management(emulator).ask("PUT", path, {"location": "westeurope", "tags": tags}).raise_for_status()
