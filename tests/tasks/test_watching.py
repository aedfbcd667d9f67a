"""A step of a rollout, watched on a clock of the test's own, against real inference servers."""

from __future__ import annotations

import itertools
from datetime import UTC, datetime

import pytest
import requests
from azure_writes import written
from conftest import RunningEmulator
from diagnosis_stage import set_up
from rollout_stage import Served, serve

from tasks.clients.connect import Azure, connect
from tasks.domain.bake import Bake
from tasks.domain.limits import Limits
from tasks.domain.revision import Revision
from tasks.domain.strategy import Strategy
from tasks.watching import Clock, Watch, told

STRATEGY = Strategy(bake_seconds=300, probes=5, extensions=2, limits=Limits(min_samples=5))


@pytest.fixture(scope="module")
def served(emulator_process: RunningEmulator, tmp_path_factory: pytest.TempPathFactory) -> Served:
    """An endpoint with blue and green at 50 percent each, whose diagnostic setting keeps its traffic log."""
    found = serve(set_up(emulator_process, "rg-watched"), tmp_path_factory.mktemp("watched"))
    management = found.stage.management
    logs = (
        f"{management.subscription}/resourceGroups/rg-watched/providers/Microsoft.OperationalInsights/workspaces/logs"
    )
    management.put(logs, {"location": "westeurope", "properties": {}}, "2023-09-01")
    categories = [{"category": "AmlOnlineEndpointTrafficLog", "enabled": True}]
    setting = f"{found.stage.target.endpoint_id(found.name)}/providers/Microsoft.Insights/diagnosticSettings/all"
    management.put(setting, {"properties": {"workspaceId": logs, "logs": categories}}, "2021-05-01-preview")
    with connect(found.stage.target) as azure:
        azure.replicas.make(found.name, "blue", "green", Revision(), {})
        azure.endpoints.set_traffic(found.name, {"blue": 50, "green": 50})
    return found


class Hours:
    """A clock that nobody has to wait for."""

    def __init__(self) -> None:
        self.slept: list[float] = []

    def clock(self) -> Clock:
        return Clock(seconds=lambda: sum(self.slept), sleep=self.slept.append, now=lambda: datetime.now(UTC))


def watched(served: Served, hours: Hours, strategy: Strategy = STRATEGY, new: str = "green") -> Bake:
    with connect(served.stage.target) as azure:
        return Watch(azure, served.endpoint(), new, "blue", ("[1]",), strategy, hours.clock()).watched()


def call_as_users_do(azure: Azure, served: Served, count: int) -> None:
    endpoint = served.endpoint()
    key = azure.scoring._secret(endpoint)
    for _ in range(count):
        headers = {"Authorization": f"Bearer {key}", "Content-Type": "application/json"}
        assert requests.post(endpoint.scoring_uri, data="[1]", headers=headers, timeout=30).ok


def test_both_colors_are_probed_over_the_bake_time(served: Served) -> None:
    """Five rounds over five minutes; each color gets five calls by name, and nothing is written."""
    hours, before = Hours(), written(served.stage.emulator, served.name)
    bake = watched(served, hours)
    assert hours.slept == [60.0] * 5
    assert bake.seconds == 300
    assert (bake.percent, sum(bake.routed.values())) == (50, 5)
    assert all(bake.of(color).probes.calls == 5 + bake.routed.get(color, 0) for color in ("blue", "green"))
    assert bake.analysis
    assert bake.analysis.decision == "success"
    assert "; before" in "".join(told(bake, "green", "blue"))
    assert written(served.stage.emulator, served.name) == before


def test_users_calls_count_and_probes_are_not_counted_twice(served: Served) -> None:
    """They come from the traffic log, by who answered them; the rollout's own calls are left out of it."""
    with connect(served.stage.target) as azure:
        rounds = itertools.count()
        clock = Clock(sleep=lambda _: call_as_users_do(azure, served, 4) if next(rounds) < 5 else None)
        bake = Watch(azure, served.endpoint(), "green", "blue", ("[1]",), STRATEGY, clock).watched()
    assert sum(one.calls for one in bake.users.values()) == 20
    assert bake.notes == ()
    assert bake.of("green").users.p50_ms is not None


def test_too_few_samples_are_watched_for_longer(served: Served) -> None:
    """As often as told, with probes of its own; what is still too few then is neither good nor bad."""
    hours = Hours()
    bake = watched(served, hours, STRATEGY.model_copy(update={"limits": Limits(min_samples=500)}))
    assert hours.slept == [60.0] * 15
    assert bake.analysis
    assert bake.analysis.decision == "inconclusive"
    assert len(bake.notes) == 2
    hours = Hours()
    bake = watched(served, hours, STRATEGY.model_copy(update={"limits": Limits(min_samples=8)}))
    assert bake.analysis
    assert bake.analysis.decision == "success"
    assert len(hours.slept) in {5, 10}  # by how many of the calls that name nobody it gets


def test_a_failure_ends_the_watch_at_once(served: Served) -> None:
    """Nobody waits for the rest of the bake time."""
    hours = Hours()
    bake = watched(served, hours, new="nobody")
    assert hours.slept == []
    assert bake.analysis
    assert bake.analysis.decision == "failed"
    assert "1 refused" in bake.analysis.reason


def test_logs_that_can_not_be_read_are_told(served: Served) -> None:
    """Probes alone decide then, and the report says so."""
    served.stage.emulator.fault(action="fail", status=403, method="POST", path="/query$", times=3)
    bake = watched(served, Hours())
    served.stage.emulator.clear_faults()
    assert bake.analysis
    assert bake.analysis.decision == "success"
    assert "could not be seen" in bake.notes[0]
