"""What an endpoint has to be for a step of a rollout, and the refusals where it is not."""

from __future__ import annotations

from tasks.domain.azure.endpoint import Endpoint
from tasks.domain.common.errors import Conflict
from tasks.domain.rollout.state import Rollout, RolloutLost, rollout_in, with_rollout


def is_own(rollout: Rollout, shown: Endpoint) -> bool:
    """Whether the endpoint's tags tell of this rollout."""
    found = rollout_in(shown.name, shown.tags)
    return found is not None and found.id == rollout.id


def require_own(rollout: Rollout, shown: Endpoint) -> None:
    """Refuse when the endpoint is no longer in this rollout.

    Raises:
        RolloutLost: With what is noted instead.
    """
    if not is_own(rollout, shown):
        raise lost(rollout, shown)


def as_before(shown: Endpoint, rollout: Rollout) -> Endpoint:
    """The endpoint with the traffic that it had before."""
    return shown.model_copy(update={"traffic": rollout.live, "mirror_traffic": rollout.mirror})


def require_untouched(shown: Endpoint, last: Endpoint, wanted: Endpoint) -> None:
    """Refuse when the traffic is neither as the rollout has set it last, nor as it is wanted already.

    Raises:
        Conflict: With both.
    """
    if not shown.routes_like(last) and not shown.routes_like(wanted):
        raise Conflict(
            f"somebody changed the traffic of endpoint {shown.name} during the rollout: it is {shown.traffic}, with "
            f"copies to {shown.mirror_traffic}, and was {last.traffic}, with copies to {last.mirror_traffic}",
            "The rollout ends for that reason alone. Run again once the traffic may change.",
        )


def lost(rollout: Rollout, shown: Endpoint, *, is_promoted: bool = False) -> RolloutLost:
    """The refusal for a rollout that the endpoint is no longer in."""
    found = rollout_in(shown.name, shown.tags)
    instead = f"flow run {found.run} rolls out {found.color}" if found else "no rollout is noted"
    return RolloutLost(
        f"endpoint {shown.name} is no longer in this rollout of {rollout.color}: {instead}",
        "Nothing was changed by this step. Look at the endpoint's traffic, then run again.",
        is_promoted=is_promoted,
    )


def unverified(shown: Endpoint, rollout: Rollout) -> dict[str, str]:
    """The endpoint's tags; where they tell of the rollout, they no longer say that its color was verified."""
    if not is_own(rollout, shown):
        return shown.tags
    return with_rollout(shown.tags, rollout.model_copy(update={"until": None}))


def require_free(rollout: Rollout, found: Rollout | None, shown: Endpoint) -> None:
    """Refuse to begin beside another rollout, or from other traffic than was planned from.

    Raises:
        Conflict: With what is there.
    """
    if found:
        raise Conflict(
            f"flow run {found.run} is rolling {found.color} out to endpoint {shown.name}",
            "Wait until it has ended, then run again.",
        )
    if not shown.routes_like(as_before(shown, rollout)):
        raise Conflict(
            f"endpoint {shown.name} has traffic {shown.traffic} now, and had {rollout.live} when this was planned",
            "Nothing was changed. Run again: it plans anew.",
        )
