"""A rollout under way, as the endpoint's own tags tell of it: who runs it, where it leads, and the way back."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Final

from pydantic import BaseModel, ConfigDict, ValidationError

from tasks.domain.azure.endpoint import Endpoint
from tasks.domain.azure.traffic import TrafficMap, positive
from tasks.domain.common.errors import Conflict, Origin
from tasks.domain.common.naming import OnlineDeploymentName

# On the endpoint while a rollout is under way, and for good on the online deployment that it has made.
ROLLOUT_TAG: Final = "azureml-endpoint-ops-rollout"
CLEAR_IT: Final = f"Set the traffic as it should be, and remove the tags that begin with {ROLLOUT_TAG}."
_PARTS: Final = ("run", "color", "live", "mirror", "until")
_RUN, _COLOR, _LIVE, _MIRROR, _UNTIL = (f"{ROLLOUT_TAG}-{part}" for part in _PARTS)
_LONGEST_VALUE: Final = 256  # characters of a tag's value, by Azure Resource Manager


class RolloutLost(Conflict):
    """The endpoint is no longer in this rollout: another run has taken it back, or it has been promoted.

    Attributes:
        is_promoted: Whether nothing is noted any more, and the color that the rollout made has all traffic.
    """

    def __init__(
        self, message: str, hint: str = "", origin: Origin | None = None, *, is_promoted: bool = False
    ) -> None:
        super().__init__(message, hint, origin)
        self.is_promoted = is_promoted


class WayBackLost(Conflict):
    """What had the traffic before is not there any more, so that nothing can be put back."""


class Rollout(BaseModel):
    """One rollout.

    Attributes:
        id: Its own; another try of the same run is another rollout.
        run: The flow run that carries it out.
        color: The online deployment that it makes.
        live: The live traffic before, which is the way back.
        mirror: The mirror traffic before.
        until: Once it was verified that its color answers every call: when the old color need not be kept any more.
    """

    model_config = ConfigDict(frozen=True)

    id: str
    run: str
    endpoint: str
    color: OnlineDeploymentName
    live: TrafficMap
    mirror: dict[str, int] = {}
    until: datetime | None = None

    @property
    def source(self) -> str:
        """The online deployment with the most live traffic before; empty where none had any."""
        shares = positive(self.live)
        return max(shares, key=lambda name: shares[name], default="")


class LeftRollouts(BaseModel):
    """What rollouts have left whose runs are over.

    Attributes:
        unreadable: For each endpoint whose tags tell of a rollout and can't be read, what a person has to do.
        unknown: The rollouts of whose runs Prefect knows nothing: they may be another server's.
    """

    model_config = ConfigDict(frozen=True)

    rollouts: tuple[Rollout, ...] = ()
    unreadable: tuple[str, ...] = ()
    unknown: tuple[Rollout, ...] = ()


def with_rollout(tags: Mapping[str, str], rollout: Rollout) -> dict[str, str]:
    """The endpoint's tags, and the rollout's beside them; a map that one tag can't hold is in several."""
    own = {
        ROLLOUT_TAG: rollout.id,
        _RUN: rollout.run,
        _COLOR: rollout.color,
        **_written(_LIVE, rollout.live),
        **_written(_MIRROR, rollout.mirror),
        _UNTIL: f"{rollout.until.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}" if rollout.until else "",
    }
    return {**without_rollout(tags), **{name: value for name, value in own.items() if value}}


def without_rollout(tags: Mapping[str, str]) -> dict[str, str]:
    """The tags of an endpoint that nothing is being rolled out to."""
    return {name: value for name, value in tags.items() if not _is_ours(name)}


def rollout_tags(tags: Mapping[str, str]) -> dict[str, str]:
    """Those of an endpoint's tags that tell of a rollout."""
    return {name: value for name, value in tags.items() if _is_ours(name)}


def rollout_in(endpoint: str, tags: Mapping[str, str]) -> Rollout | None:
    """The rollout that an endpoint's tags tell of, if there is one.

    Raises:
        Conflict: When somebody has changed the tags so that they can't be read.
    """
    own = {name.lower(): value for name, value in tags.items() if _is_ours(name)}
    if not own:
        return None
    try:
        return Rollout(
            id=own[ROLLOUT_TAG],
            run=own.get(_RUN, ""),
            endpoint=endpoint,
            color=own[_COLOR],
            live=_read(_LIVE, own),
            mirror=_read(_MIRROR, own),
            until=datetime.fromisoformat(own[_UNTIL]) if _UNTIL in own else None,
        )
    except (KeyError, ValueError, ValidationError) as error:
        raise Conflict(
            f"the tags of endpoint {endpoint} tell of a rollout that can't be read: {own}",
            CLEAR_IT,
        ) from error


def _is_ours(tag: str) -> bool:
    return tag.lower().startswith(ROLLOUT_TAG)


def _written(tag: str, shares: Mapping[str, int]) -> dict[str, str]:
    values = [""]
    for share in (f"{name}={percent}" for name, percent in positive(shares).items()):
        longer = f"{values[-1]} {share}".lstrip()
        values = [*values[:-1], longer] if len(longer) <= _LONGEST_VALUE else [*values, share]
    return {f"{tag}-{at}" if at else tag: value for at, value in enumerate(values)}


def _read(tag: str, own: Mapping[str, str]) -> dict[str, int]:
    parts = [part for name, value in own.items() if name.startswith(tag) for part in value.split()]
    return {name: int(percent) for name, _, percent in (part.partition("=") for part in parts)}


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
