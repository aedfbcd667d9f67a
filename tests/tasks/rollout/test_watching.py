"""A step of a rollout, watched on a clock of the test's own, against real inference servers."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Any

import pytest
from support.clock import FakeClock
from support.diagnostics.stage import set_up
from support.emulator.azure_writes import written
from support.emulator.running import RunningEmulator
from support.rollout.stage import Served, serve

from tasks.clients.connect import connect
from tasks.domain.rollout.limits import Limits
from tasks.domain.rollout.revision import Revision
from tasks.domain.rollout.step_result import Bake, Step
from tasks.domain.rollout.strategy import Strategy
from tasks.rollout.watching import Watch, told

STRATEGY = Strategy(bake_seconds=300, probes=5, extensions=2, limits=Limits(min_samples=5))


@pytest.fixture(scope="module")
def served(emulator_process: RunningEmulator, tmp_path_factory: pytest.TempPathFactory) -> Served:
    """An endpoint with blue and green at 50 percent each, and a traffic log; green can't take every request."""
    found = serve(set_up(emulator_process, "rg-watched"), tmp_path_factory.mktemp("watched"))
    found.is_logged()
    model = found.model(answer=1, raises_on="raise", refuses_on="refuse")
    with connect(found.stage.target) as azure:
        azure.replicas.make(found.name, "blue", "green", Revision(kind="model", model=model), {})
        azure.endpoints.set_traffic(found.name, {"blue": 50, "green": 50})
    return found


@pytest.fixture(autouse=True)
def _no_faults(served: Served) -> Iterator[None]:
    yield
    served.stage.emulator.clear_faults()


class Hours(FakeClock):
    """A clock that nobody has to wait for; what happens at a moment, in seconds, happens while the watch sleeps."""

    def __init__(self, served: Served, events: dict[float, Callable[[], Any]] | None = None) -> None:
        self._emulator = served.stage.emulator
        self._events = events or {}
        super().__init__()

    def sleep(self, seconds: float) -> None:
        super().sleep(seconds)
        for at in [at for at in self._events if at <= self.at]:
            self._events.pop(at)()

    def now(self) -> datetime:
        told: str = self._emulator.control("POST", "/clock", {"advance": 0}).json()["now"]
        return datetime.fromisoformat(told)


def watched(
    served: Served, hours: Hours, strategy: Strategy = STRATEGY, new: str = "green", last: Bake | None = None
) -> Bake:
    step = Step(endpoint=served.endpoint(), last=last)
    with connect(served.stage.target) as azure:
        return Watch(azure, step, new, "blue", ("[1]",), strategy, hours).watched()


def periods(served: Served) -> int:
    """How often Log Analytics was asked so far."""
    return sum(one["url"].split("?")[0].endswith("/query") for one in served.stage.emulator.journal())


def decision(bake: Bake) -> str:
    assert bake.analysis
    return bake.analysis.decision


def test_both_colors_are_probed_over_the_bake_time(served: Served) -> None:
    """Five rounds over five minutes; each color gets five calls by name, and nothing is written."""
    hours, before = Hours(served), written(served.stage.emulator, served.name)
    bake = watched(served, hours)
    assert hours.pauses == [60.0] * 5
    assert bake.seconds == 300
    assert (bake.percent, sum(bake.routed.values())) == (50, 5)
    assert all(bake.of(color).probes.calls == 5 + bake.routed.get(color, 0) for color in ("blue", "green"))
    assert decision(bake) == "success"
    green, blue, decided = told(bake, "green", "blue")
    assert green.startswith("green: ")
    assert blue.startswith("blue: ")
    assert decided == "at 50 %: success"
    assert written(served.stage.emulator, served.name) == before


def test_users_calls_count_and_probes_are_not_counted_twice(served: Served) -> None:
    """They come from the traffic log, by who answered them; the rollout's own calls are left out of it."""
    bake = watched(served, Hours(served, {60 * minute: lambda: served.call_as_users_do(4) for minute in range(1, 6)}))
    assert sum(one.calls for one in bake.users.values()) == 20
    assert bake.notes == ()
    assert bake.of("green").users.p50_ms is not None


def test_users_calls_are_looked_at_every_minute(served: Served) -> None:
    """Also where probes are far between; at the end once more, and never twice at once."""
    before, hours = periods(served), Hours(served)
    bake = watched(served, hours, STRATEGY.model_copy(update={"bake_seconds": 630, "probes": 2, "extensions": 0}))
    assert periods(served) - before == 11
    assert bake.seconds == 630
    assert max(hours.pauses) == 60


def test_users_calls_that_fail_end_the_step(served: Served) -> None:
    """Though the probes are well, and most of the bake time is left; the report says so."""
    hours = Hours(served, {100: lambda: served.call_as_users_do(10, '["raise"]', "green")})
    bake = watched(served, hours, STRATEGY.model_copy(update={"bake_seconds": 86_400}))
    assert decision(bake) == "failed"
    assert bake.seconds == 120
    assert bake.of("green").probes.errors == 0
    assert "users 10 model" in "".join(told(bake, "green", "blue"))
    assert bake.notes[-1].startswith("ended early, after ")


def test_one_bad_call_does_not_end_the_step(served: Served) -> None:
    """It is judged at the end, among all the others."""
    hours = Hours(
        served,
        {
            30: lambda: served.call_as_users_do(1, '["raise"]', "green"),
            200: lambda: served.call_as_users_do(150, "[1]", "green"),
        },
    )
    bake = watched(served, hours)
    assert bake.seconds == 300
    assert bake.of("green").users.errors == 1
    assert decision(bake) == "success"


def test_a_users_wrong_request_is_not_the_models_fault(served: Served) -> None:
    """Score.py refuses it with 400, which Azure shows as 424; only what the old color would take is held against it."""
    hours = Hours(served, {30: lambda: served.call_as_users_do(3, '["refuse"]', "green")})
    bake = watched(served, hours)
    assert bake.of("green").users.faults == {"refused": 3}
    assert decision(bake) == "success"


def late(served: Served, seconds: float) -> None:
    """From now on calls are found in the log so much later."""
    fault = {"action": "delay", "operation": "log_record.ingest", "seconds": seconds, "times": -1}
    served.stage.emulator.fault(**fault, path=served.name)


def test_calls_that_are_known_late_are_judged_in_the_next_step(served: Served) -> None:
    """The step in which they were made is over by then; its own calls, and only these, are judged again."""
    late(served, 240)
    first = watched(served, Hours(served, {290: lambda: served.call_as_users_do(5, '["raise"]', "green")}))
    assert decision(first) == "success"
    assert first.users == {}
    well = watched(served, Hours(served), last=first)
    assert decision(well) == "success"
    served.stage.emulator.advance(241)
    second = watched(served, Hours(served), last=first)
    assert decision(second) == "failed"
    assert second.of("green").users.calls == 0
    assert second.analysis
    assert second.analysis.reason.startswith("by calls received since, it failed at 50 %: ")


def test_too_few_samples_are_watched_for_longer(served: Served) -> None:
    """As often as told, with probes of its own; what is still too few then is neither good nor bad."""
    hours = Hours(served)
    bake = watched(served, hours, STRATEGY.model_copy(update={"limits": Limits(min_samples=500)}))
    assert hours.pauses == [60.0] * 15
    assert decision(bake) == "inconclusive"
    assert len(bake.notes) == 2
    hours = Hours(served)
    bake = watched(served, hours, STRATEGY.model_copy(update={"limits": Limits(min_samples=8)}))
    assert decision(bake) == "success"
    assert len(hours.pauses) in {5, 10}  # by how many of the calls that name nobody it gets


def test_a_failure_ends_the_watch_at_once(served: Served) -> None:
    """Nobody waits for the rest of the bake time."""
    hours = Hours(served)
    bake = watched(served, hours, new="nobody")
    assert hours.pauses == []
    assert decision(bake) == "failed"
    assert bake.analysis
    assert "1 refused" in bake.analysis.reason


def test_logs_that_can_not_be_read_are_told(served: Served) -> None:
    """Probes alone decide then, to the end of the bake time, and the report says so once."""
    served.stage.emulator.fault(action="fail", status=403, method="POST", path="/query$", times=-1)
    bake = watched(served, Hours(served))
    assert decision(bake) == "success"
    assert bake.seconds == 300
    (note,) = bake.notes
    assert "were not checked, so only probes count" in note


def test_a_look_that_fails_forgets_nothing(served: Served) -> None:
    """What was seen before counts."""

    def fail() -> None:
        served.stage.emulator.fault(action="fail", status=403, method="POST", path="/query$", times=-1)

    hours = Hours(served, {50: lambda: served.call_as_users_do(3, "[1]", "green"), 100: fail})
    bake = watched(served, hours)
    assert bake.of("green").users.calls == 3
    (note,) = bake.notes
    assert "the last result counts" in note
