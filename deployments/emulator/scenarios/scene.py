"""The scope of a scenario: one workspace, the chosen endpoints, and the resources that belong to them."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from deployments.emulator.core import Emulator
from deployments.emulator.faults import Fault
from deployments.emulator.services import private_link
from deployments.emulator.state import Resource


@dataclass(slots=True)
class Scene:
    """One workspace while a scenario is in force; `undo` reverts what is not a resource."""

    emulator: Emulator
    scenario: str
    workspace: Resource
    endpoints: list[Resource]
    undo: list[Callable[[], None]] = field(default_factory=list)

    @property
    def tag(self) -> str:
        """The mark that the faults of this scene carry."""
        return f"{self.scenario} {self.workspace.id.lower()}"

    @property
    def group(self) -> str:
        """The id of the workspace's resource group."""
        return self.workspace.id.partition("/providers/")[0]

    @property
    def hosts(self) -> str:
        """A regular expression for the scoring hosts."""
        names = {urlsplit(str(one.properties.get("scoringUri"))).hostname or one.name for one in self.endpoints}
        return f"^(?:{'|'.join(sorted(re.escape(name) for name in names))})$"

    def part(self, name: str) -> Resource | None:
        """The vault, storage account or registry that the workspace names."""
        return self.emulator.resources.get(str(self.workspace.properties.get(name) or "-"))

    def connections(self) -> list[Resource]:
        """The connections by which callers reach the workspace."""
        every = private_link.connections_of(self.emulator, self.workspace.id)
        return [one for one in every if self.emulator.resources.get(one.properties["privateEndpoint"]["id"])]

    def private_endpoints(self) -> list[Resource]:
        """The private endpoints that callers have to the workspace."""
        return [self.emulator.resources.require(one.properties["privateEndpoint"]["id"]) for one in self.connections()]

    def fault(self, **fields: Any) -> None:
        """A fault for as long as the scenario is in force."""
        self.emulator.faults.add(Fault(**{"times": -1, **fields, "part_of": self.tag}))
