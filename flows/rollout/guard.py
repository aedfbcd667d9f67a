"""A person decides about a rollout, and the next color is watched on meanwhile."""

from __future__ import annotations

from collections.abc import Callable

from flows.rollout.run_state import Run
from tasks.domain.bake import Step, require_well
from tasks.domain.endpoint import Endpoint
from tasks.domain.errors import EndpointOpsError
from tasks.domain.rollout import Rollout
from tasks.guard_step import guard_step
from tasks.stopping import stoppable


def decided_under_guard(run: Run, rollout: Rollout, routed: Endpoint | None, ask: Callable[[], str]) -> str:
    """Ask a person, and don't wait for the answer where the next color fails users meanwhile; who approved.

    Args:
        run: What has happened so far.
        rollout: The rollout.
        routed: The endpoint as its traffic goes; None where the next color has none of it, so that nobody can suffer.
        ask: Puts the question; returns who approved.

    Raises:
        NotReady: When the color failed.
        EndpointOpsError: When somebody refused, or nobody answered.
    """
    if routed is None:
        return ask()
    asked, refusal, who = run.asked, None, ""
    with stoppable() as stop:
        step = Step(endpoint=routed, last=run.last)
        guard = guard_step.submit(asked.target, rollout, asked.requests, asked.strategy, step)
        try:
            who = ask()
        except EndpointOpsError as error:
            refusal = error
        finally:
            stop.set()
        failed = guard.result()
    if failed:
        run.note(failed)
        require_well(failed, rollout.color)
    if refusal:
        raise refusal
    return who
