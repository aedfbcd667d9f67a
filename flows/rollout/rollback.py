"""How a rollout goes back, whether it failed, was ended, or was only a shadow."""

from __future__ import annotations

from prefect.logging import get_run_logger

from flows.rollout.page import publish_rollout
from flows.rollout.run_state import Run
from tasks.announce_rollout import Happening, announce_rollout
from tasks.domain.errors import EndpointOpsError
from tasks.domain.redaction import redact
from tasks.domain.rollout import Rollout, RolloutLost, WayBackLost
from tasks.domain.rollout_report import RolloutReport
from tasks.end_rollout import end_rollout
from tasks.remove_color import remove_color
from tasks.save_records import save_records
from tasks.take_back import take_back


def taken_back(run: Run, rollout: Rollout, reason: str, *, failed: bool) -> RolloutReport:
    """Put the traffic back, keep what is to be known of the color, and drop the note; how that went.

    What has not failed, but was only ended, may turn out to have been promoted just before.

    Until the note is dropped, whoever comes next does all of it again. A run that is ended on its way back, as by a
    person who cancels it, goes it once more and publishes how that went before it ends.
    """
    run.color = rollout.color
    try:
        return _gone_back(run, rollout, reason, failed=failed)
    except BaseException:
        publish_rollout(_gone_back(run, rollout, reason, failed=failed))
        raise


def _gone_back(run: Run, rollout: Rollout, reason: str, *, failed: bool) -> RolloutReport:
    get_run_logger().warning("taking %s back: %s", rollout.color, reason)
    try:
        put_back(run, rollout, reason, "rolled_back", failed=failed)
    except RolloutLost as error:
        run.notes.append(error.message)
        return run.report("promoted" if error.is_promoted else "rolled_back", reason)
    except WayBackLost as error:
        return _left_as_it_is(run, rollout, reason, error)
    except EndpointOpsError as error:
        run.mark("the way back failed")
        run.hint = error.hint
        return run.report("stuck", f"{reason}; the way back: {error.message}")
    return run.report("rolled_back", reason)


def _left_as_it_is(run: Run, rollout: Rollout, reason: str, lost: WayBackLost) -> RolloutReport:
    """Drop the note of a way back that nobody can go, so that a rollout of what works may begin."""
    run.hint = lost.hint
    told = f"{reason}; the way back: {lost.message}"
    try:
        end_rollout(run.asked.target, rollout)
    except EndpointOpsError as error:
        return run.report("stuck", f"{told}; nor could its note be removed: {error.message}")
    run.mark("the way back is gone, and no longer noted")
    return run.report("stuck", told).model_copy(update={"is_final": True})


def put_back(run: Run, rollout: Rollout, reason: str, told: Happening, *, failed: bool) -> None:
    """The way back, step by step.

    Raises:
        RolloutLost: When another run has gone it already, the color was promoted, or the endpoint is gone.
        WayBackLost: When what had the traffic before is gone.
        EndpointOpsError: When the traffic could not be put back, or somebody else still answers.
    """
    run.restored = take_back(run.asked.target, rollout, run.asked.requests, failed=failed)
    run.mark(f"nothing goes to {rollout.color} any more")
    set_aside(run, rollout, rollout.color, reason, remove=run.asked.strategy.failed_color == "remove")
    end_rollout(run.asked.target, rollout)
    announce_rollout(run.asked.target, rollout, told, {"reason": reason})


def set_aside(run: Run, rollout: Rollout, color: str, why: str, *, remove: bool) -> None:
    """Keep the records of a color without traffic, and remove it if told to; what fails there is noted, no more."""
    try:
        kept = save_records(run.asked.target, rollout.endpoint, color, why.partition("\n")[0], tuple(run.bakes))
        if kept:
            run.notes.append(f"the logs, events, metrics and numbers of {color} are in the artifact {kept}")
        if kept and remove:
            remove_color(run.asked.target, rollout, color)
            run.mark(f"{color} removed")
    except Exception as error:  # noqa: BLE001 -- the traffic is where it belongs, and the note has yet to be dropped
        told = error.message if isinstance(error, EndpointOpsError) else f"{type(error).__name__}: {redact(str(error))}"
        get_run_logger().warning("%s is left as it is: %s", color, told)
        run.notes.append(f"{color} is left as it is: {told}")
