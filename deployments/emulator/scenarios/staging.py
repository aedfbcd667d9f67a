"""Plays scenarios: puts the emulator into a state by name, and undoes it."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from deployments.emulator.core import Emulator
from deployments.emulator.errors import ArmError
from deployments.emulator.scenarios import SCENARIOS
from deployments.emulator.scenarios.restoring import Trace, touched
from deployments.emulator.scenarios.scenario import Scenario
from deployments.emulator.scenarios.scene import Scene
from deployments.emulator.services.machine_learning.ids import DEPLOYMENT_TYPE, WORKSPACE_TYPE
from deployments.emulator.services.machine_learning.online_endpoints import scoring_backend
from deployments.emulator.state import Resource, type_of


@dataclass(frozen=True, slots=True)
class Played:
    """A scenario in force on one workspace."""

    scenario: Scenario
    scene: Scene
    traces: list[Trace]

    def document(self) -> dict[str, Any]:
        """Return its description for the control address."""
        names = [one.name for one in self.scene.endpoints]
        return {"scenario": self.scenario.name, "workspace": self.scene.workspace.id, "endpoints": names}


class Staging:
    """The scenarios in force on one emulator, in the order in which they were set."""

    def __init__(self, emulator: Emulator) -> None:
        self._emulator = emulator
        self._played: list[Played] = []
        self._turn = asyncio.Lock()

    def documents(self) -> list[dict[str, Any]]:
        """The scenarios in force."""
        return [one.document() for one in self._played]

    async def enter(self, name: str, workspace: str = "", endpoint: str = "") -> list[dict[str, Any]]:
        """Put every workspace, or the one of this name or id, into a state, with all its endpoints or one of them.

        Raises:
            ValueError: no such scenario, workspace or endpoint, or it is in force already.
        """
        if name not in SCENARIOS:
            raise ValueError(f"there is no scenario {name!r}; GET /scenarios lists them")
        async with self._turn:
            scenes = self._scenes(name, workspace, endpoint)
            for scene in scenes:
                if any(one.scene.tag == scene.tag for one in self._played):
                    raise ValueError(f"scenario {name!r} is in force already on workspace {scene.workspace.name}")
            for scene in scenes:
                await self._play(SCENARIOS[name], scene)
            return self.documents()

    def _scenes(self, name: str, workspace: str, endpoint: str) -> list[Scene]:
        resources, key = self._emulator.resources, workspace.lower()
        every = resources.of_type(WORKSPACE_TYPE)
        chosen = [one for one in every if key in ("", one.name.lower(), one.id.lower())]
        scenes = [Scene(self._emulator, name, one, _endpoints(self._emulator, one, endpoint)) for one in chosen]
        found = [scene for scene in scenes if scene.endpoints or not endpoint]
        if not found:
            raise ValueError(f"there is no workspace {workspace!r} with an endpoint {endpoint!r}")
        return found

    async def _play(self, scenario: Scenario, scene: Scene) -> None:
        played = Played(scenario, scene, [])
        self._played.append(played)
        for change in scenario.changes:
            for resource in list(change.to(scene)):
                with self._emulator.resources.watched() as before:
                    change.act(scene, resource)
                played.traces.append(Trace.of(self._emulator, before))
        for deployment in _redeployed(played.traces):
            await self._run_as_changed(deployment)

    async def leave(self, name: str = "") -> None:
        """Undo a scenario, or all of them: the last first."""
        async with self._turn:
            for played in [one for one in reversed(self._played) if name in ("", one.scenario.name)]:
                self._played.remove(played)
                await self._undo(played)

    async def _undo(self, played: Played) -> None:
        self._emulator.faults.remove(played.scene.tag)
        for undo in reversed(played.scene.undo):
            undo()
        for trace in reversed(played.traces):
            trace.undo(self._emulator)
        for deployment in _redeployed(played.traces):
            await self._run_again(deployment)

    def forget(self) -> None:
        """Forget the scenarios in force, since everything was reset."""
        self._played.clear()

    async def _run_as_changed(self, deployment_id: str) -> None:
        """Run a deployment's changed code; one that has failed serves no requests. Its logs stay."""
        servers, deployment = scoring_backend.servers(self._emulator), self._emulator.resources.get(deployment_id)
        if deployment:
            with contextlib.suppress(ArmError):  # such as code that doesn't start, which is what is key
                await servers.start(deployment)
        if deployment is None or deployment.properties["provisioningState"] in ("Failed", "Canceled"):
            servers.withdraw(deployment_id)

    async def _run_again(self, deployment_id: str) -> None:
        """Start a deployment afresh, with empty logs."""
        servers, deployment = scoring_backend.servers(self._emulator), self._emulator.resources.get(deployment_id)
        await servers.stop(deployment_id)
        if deployment and deployment.properties["provisioningState"] == "Succeeded":
            await servers.start(deployment)


def _endpoints(emulator: Emulator, workspace: Resource, name: str) -> list[Resource]:
    every = emulator.resources.members(f"{workspace.id}/onlineEndpoints")
    return [one for one in every if name.lower() in ("", one.name.lower(), one.id.lower())]


def _redeployed(traces: Iterable[Trace]) -> list[str]:
    """The online deployments whose code or state a change touched; their containers have to follow."""
    found: dict[str, None] = {}
    for before, after in touched(traces):
        one = before or after
        if one and type_of(one.id).lower() == DEPLOYMENT_TYPE.lower() and _at_work(before) != _at_work(after):
            found[one.id] = None
    return list(found)


def _at_work(deployment: Resource | None) -> Any:
    names = ("codeConfiguration", "environmentVariables", "model", "provisioningState")
    return deployment and [deployment.properties.get(name) for name in names]
