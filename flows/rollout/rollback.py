"""The steps of a rollback: restore the traffic, keep the records of a color, and remove it if requested."""

from __future__ import annotations

from prefect.logging import get_run_logger

from flows.rollout.run_state import Run
from tasks.domain.common.failures import named
from tasks.rollout.announce_rollout import RolloutEvent, announce_rollout
from tasks.rollout.end_rollout import end_rollout
from tasks.rollout.remove_color import remove_color
from tasks.rollout.roll_back import roll_back
from tasks.rollout.save_records import save_records


def restore(run: Run, reason: str, event: RolloutEvent, *, failed: bool) -> None:
    """Restore the saved traffic, retire the candidate, remove the rollout record, and announce the event.

    Raises:
        RolloutLost: When another run has rolled it back already, the color was promoted, or the endpoint is gone.
        WayBackLost: When the online deployments that had the traffic before are gone.
        EndpointOpsError: When the traffic could not be restored, or another online deployment still answers.
    """
    target, rollout = run.request.target, run.rollout
    run.restored = roll_back(target, rollout, run.request.requests, failed=failed)
    run.mark(f"{rollout.color} gets no traffic")
    retire(run, rollout.color, reason, remove=run.request.strategy.failed_color == "remove")
    end_rollout(target, rollout)
    announce_rollout(target, rollout, event, {"reason": reason})


def retire(run: Run, color: str, reason: str, *, remove: bool) -> None:
    """Keep the records of a color without traffic, and remove it if requested; a failure is only noted."""
    target = run.request.target
    try:
        kept = save_records(target, run.rollout.endpoint, color, reason.partition("\n")[0], tuple(run.bakes))
        if kept:
            run.notes.append(f"the logs, events, metrics and measurements of {color} are in the artifact {kept}")
        if kept and remove:
            remove_color(target, run.rollout, color)
            run.mark(f"{color} removed")
    except Exception as error:  # noqa: BLE001 -- the traffic is restored, and the record has yet to be removed
        text = named("the cleanup", error).message
        get_run_logger().warning("%s was not cleaned up: %s", color, text)
        run.notes.append(f"{color} was not cleaned up: {text}")
