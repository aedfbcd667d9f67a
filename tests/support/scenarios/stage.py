"""An emulator of its own for the scenarios: seeded, put into one state after the other, diagnosed each time."""

from __future__ import annotations

import asyncio
import contextlib
import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import requests

from support.emulator.management import Management
from support.emulator.running import RunningEmulator, start_emulator
from tasks.checks.engine.diagnose import diagnose
from tasks.checks.engine.sources import open_sources
from tasks.clients.transport.time_limits import TimeLimits
from tasks.domain.common.target import Resolvers
from tasks.domain.diagnostics.results import Diagnosis, DiagnosisRequest, Samples
from tasks.domain.diagnostics.scope import Scope
from tasks.domain.diagnostics.subject import Expectations
from tasks.domain.diagnostics.verdict import EndpointVerdict

REQUEST = '{"data": [[1, 2, 3]]}'
# Long enough for a model that takes 2.1 s, and short for what never answers.
LIMITS = TimeLimits(answer=10, call=4, inspection=1, dns=1, pause=0.05)


@dataclass(frozen=True)
class ScenarioStage:
    """The emulator, a client of its management plane, and the seeded workspace."""

    emulator: RunningEmulator
    management: Management
    workspace: Mapping[str, Any]

    @property
    def endpoint(self) -> str:
        """The endpoint that is diagnosed."""
        return str(self.workspace["endpoints"][0])

    def scope(self, **changes: Any) -> Scope:
        """The seeded endpoint, or what the changes say."""
        variables = self.emulator.variables
        resolvers = {name: variables[f"EMULATOR_DNS_{name.upper()}"] for name in ("system", "custom", "azure")}
        base: dict[str, Any] = {
            "subscription_id": self.emulator.subscription,
            "resource_group": self.workspace["resource_group"],
            "workspace": self.workspace["name"],
            "endpoint": self.endpoint,
            "internet_proxy": variables["EMULATOR_INTERNET_PROXY"],
            "resolvers": Resolvers(**resolvers),
        }
        return Scope(**base | changes)

    def diagnose(
        self, expects: Mapping[str, Any] | None = None, scope: Scope | None = None, limits: TimeLimits = LIMITS
    ) -> Diagnosis:
        """Diagnose what is in scope."""
        wanted = scope or self.scope()
        spec = DiagnosisRequest(
            samples=Samples(requests={"*": REQUEST}), expectations=Expectations.model_validate(expects or {})
        )

        async def run() -> Diagnosis:
            async with open_sources(wanted.cloud, wanted.internet_proxy, time_limits=limits) as sources:
                return await diagnose(sources, wanted, spec)

        return asyncio.run(run())

    def verdict(self, expects: Mapping[str, Any] | None = None, limits: TimeLimits = LIMITS) -> EndpointVerdict:
        """The verdict on the seeded endpoint."""
        (found,) = self.diagnose(expects, limits=limits).endpoints
        return found.verdict

    @contextlib.contextmanager
    def played(self, *names: str) -> Iterator[None]:
        """The emulator in these states, as long as the block lasts."""
        try:
            for name in names:
                self.emulator.control("POST", "/faults", {"scenario": name, "workspace": self.workspace["name"]})
            yield
        finally:
            self.emulator.clear_faults()

    def seed(self, document: Mapping[str, Any]) -> list[dict[str, Any]]:
        """Make workspaces and endpoints."""
        answer = requests.post(
            f"{self.emulator.variables['EMULATOR_CONTROL_URL']}/seed", json=dict(document), timeout=60
        )
        assert answer.status_code == 200, answer.text
        made: list[dict[str, Any]] = answer.json()["workspaces"]
        return made

    def resources(self) -> dict[str, Any]:
        """Every resource by its id in lower case."""
        return {one["id"].lower(): one for one in self.emulator.resources()}


@contextlib.contextmanager
def scenario_stage(folder: Path, *options: str) -> Iterator[ScenarioStage]:
    """A stage with one healthy endpoint; its variables are this process's as long as the block lasts."""
    with (
        start_emulator(folder, "--operation-seconds", "0.05", *options) as emulator,
        pytest.MonkeyPatch.context() as patch,
    ):
        for name in [one for one in os.environ if one.startswith(("AZURE_", "EMULATOR_")) or "proxy" in one.lower()]:
            patch.delenv(name)
        for name, value in emulator.variables.items():
            patch.setenv(name, value)
        stage = ScenarioStage(emulator, Management(emulator), {})
        (workspace,) = stage.seed({"name": "churn", "group": "scored"})
        yield ScenarioStage(emulator, stage.management, workspace)
