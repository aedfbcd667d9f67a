"""The loop that runs a rollout's stages: each kind of result, and the outcome that it leads to."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NoReturn

import pytest
from prefect.exceptions import TerminationSignal
from prefect.logging import disable_run_logger
from support.check_facts import TARGET

from flows.rollout import runner
from flows.rollout.run_state import CONTINUE, RolloutRequest, Run, Stage, StageResult
from flows.rollout.runner import run_stages
from tasks.domain.common.errors import AccessDenied, EndpointOpsError, NotReady
from tasks.domain.common.target import AzureTarget
from tasks.domain.rollout.report import RolloutReport
from tasks.domain.rollout.requests import RolloutRequests
from tasks.domain.rollout.revision import Revision
from tasks.domain.rollout.state import RollbackLost, Rollout, RolloutLost
from tasks.domain.rollout.strategy import Strategy


class World:
    """Azure and Prefect as the runner sees them: what a rollback raises, and what was done.

    Attributes:
        raises: What each attempt to restore the traffic raises; an attempt beyond them succeeds.
    """

    def __init__(self) -> None:
        self.raises: list[BaseException] = []
        self.restored: list[tuple[str, bool]] = []
        self.published: list[RolloutReport] = []
        self.cleared = 0

    def restore(self, run: Run, reason: str, event: str, *, failed: bool) -> None:
        self.restored.append((reason, failed))
        if self.raises:
            raise self.raises.pop(0)

    def end(self, target: AzureTarget, rollout: Rollout) -> None:
        self.cleared += 1


@pytest.fixture
def world(monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    world = World()
    monkeypatch.setattr(runner, "restore", world.restore)
    monkeypatch.setattr(runner, "end_rollout", world.end)
    monkeypatch.setattr(runner, "publish_rollout", world.published.append)
    with disable_run_logger():
        yield world


@pytest.fixture
def run() -> Run:
    run = Run(RolloutRequest(TARGET, "churn", RolloutRequests(sample="[1]"), Revision(), Strategy()))
    run.rollout = Rollout(id="1", run="2", endpoint="churn", color="green", live={"blue": 100})
    return run


def passing(log: list[str], name: str) -> Stage:
    return Stage(name, lambda run: log.append(name) or CONTINUE)


def giving(result: StageResult, on_stop: str = "refused") -> Stage:
    return Stage("giving", lambda run: result, on_stop=on_stop)  # type: ignore[arg-type]


def raising(error: BaseException, on_error: str = "roll_back") -> Stage:
    def work(run: Run) -> NoReturn:
        raise error

    return Stage("raising", work, on_error=on_error)  # type: ignore[arg-type]


def test_all_stages_passed_is_a_promotion(world: World, run: Run) -> None:
    """In the order of the list."""
    log: list[str] = []
    report = run_stages(run, [passing(log, "a"), passing(log, "b")])
    assert (report.outcome, log, world.restored) == ("promoted", ["a", "b"], [])


def test_a_stage_may_replace_those_ahead(world: World, run: Run) -> None:
    """As the recovery of this run's own promotion does."""
    log: list[str] = []
    fork = giving(StageResult("continue", then=(passing(log, "keep"),)))
    assert run_stages(run, [fork, passing(log, "deploy")]).outcome == "promoted"
    assert log == ["keep"]


@pytest.mark.parametrize("outcome", ["refused", "superseded", "shadowed", "stuck"])
def test_a_stop_has_the_outcome_of_its_stage(world: World, run: Run, outcome: str) -> None:
    """Nothing after it runs, and nothing is rolled back."""
    log: list[str] = []
    report = run_stages(run, [giving(StageResult("stop", "why", "what to do"), outcome), passing(log, "next")])
    assert (report.outcome, report.reason, report.hint) == (outcome, "why", "what to do")
    assert (log, world.restored) == ([], [])


@pytest.mark.parametrize("outcome", ["refused", "stuck"])
def test_an_error_before_the_rollout_begins_rolls_nothing_back(world: World, run: Run, outcome: str) -> None:
    """The report says what to do."""
    report = run_stages(run, [raising(AccessDenied("no access", "Get the role."), outcome)])
    assert (report.outcome, report.reason, report.hint) == (outcome, "no access", "Get the role.")
    assert world.restored == []


def test_an_error_once_promoted_is_raised(world: World, run: Run) -> None:
    """Nothing rolls back a candidate that serves."""
    with pytest.raises(AccessDenied):
        run_stages(run, [raising(AccessDenied("no access"), "raise")])
    assert world.restored == []


FAILED_ROLLBACKS: dict[str, tuple[EndpointOpsError | None, str, bool]] = {
    "complete": (None, "rolled_back", False),
    "done by another run": (RolloutLost("lost"), "rolled_back", False),
    "promoted just before": (RolloutLost("lost", is_promoted=True), "promoted", False),
    "refused by Azure": (AccessDenied("no access", "Get the role."), "stuck", False),
    "impossible": (RollbackLost("blue is gone", "Roll out a model that works."), "stuck", True),
}


@pytest.mark.parametrize("returned", [True, False])
@pytest.mark.parametrize("case", FAILED_ROLLBACKS)
def test_a_rollback_decides_the_outcome(world: World, run: Run, case: str, returned: bool) -> None:
    """Whether the stage returns that it failed, or raises it; only an impossible rollback removes the record."""
    error, outcome, is_final = FAILED_ROLLBACKS[case]
    world.raises = [error] if error else []
    failure = NotReady("at 10 % green: failed", "Read the log.")
    stage = giving(StageResult("roll_back", failure.message, failure.hint)) if returned else raising(failure)
    report = run_stages(run, [stage])
    assert (report.outcome, report.is_final, report.color) == (outcome, is_final, "green")
    assert report.reason.startswith("at 10 % green: failed")
    assert report.hint == (error.hint if outcome == "stuck" and error else "Read the log.")
    assert (world.restored, world.cleared) == ([("at 10 % green: failed", True)], int(is_final))


@pytest.mark.parametrize("end", [TerminationSignal(15), KeyError("a bug")])
def test_a_cancellation_rolls_back_and_publishes_before_it_is_raised(
    world: World, run: Run, end: BaseException
) -> None:
    """So does an error that nobody foresaw; the candidate has not failed by that."""
    with pytest.raises(type(end)):
        run_stages(run, [raising(end)])
    assert [failed for _, failed in world.restored] == [False]
    assert [one.outcome for one in world.published] == ["rolled_back"]


def test_a_cancellation_before_the_rollout_begins_rolls_nothing_back(world: World, run: Run) -> None:
    """Nothing was changed, and nothing is published."""
    with pytest.raises(TerminationSignal):
        run_stages(run, [raising(TerminationSignal(15), "refused")])
    assert (world.restored, world.published) == ([], [])


def test_a_rollback_that_is_cancelled_is_repeated(world: World, run: Run) -> None:
    """And its report is published before the run ends."""
    world.raises = [TerminationSignal(15)]
    with pytest.raises(TerminationSignal):
        run_stages(run, [raising(NotReady("failed"))])
    assert world.restored == [("failed", True)] * 2
    assert [one.outcome for one in world.published] == ["rolled_back"]
