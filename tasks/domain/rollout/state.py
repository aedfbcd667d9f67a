"""A rollout under way, as the endpoint's own tags tell of it: who runs it, where it leads, and the way back."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Final

from pydantic import BaseModel, ConfigDict, ValidationError

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
