"""A rollout under way, as the endpoint's own tags tell of it: who runs it, where it leads, and the way back."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from pydantic import BaseModel, ConfigDict, ValidationError

from tasks.domain.errors import Conflict, InvalidSpec
from tasks.domain.naming import OnlineDeploymentName
from tasks.domain.traffic import TrafficMap, positive

# On the endpoint while a rollout is under way, and for good on the online deployment that it has made.
ROLLOUT_TAG: Final = "azureml-endpoint-ops-rollout"
_RUN, _COLOR, _LIVE, _MIRROR = (f"{ROLLOUT_TAG}-{part}" for part in ("run", "color", "live", "mirror"))
_LONGEST_VALUE: Final = 256  # characters of a tag's value, by Azure Resource Manager


class Rollout(BaseModel):
    """One rollout.

    Attributes:
        id: Its own; another try of the same run is another rollout.
        run: The flow run that carries it out.
        color: The online deployment that it makes.
        live: The live traffic before, which is the way back.
        mirror: The mirror traffic before.
    """

    model_config = ConfigDict(frozen=True)

    id: str
    run: str
    endpoint: str
    color: OnlineDeploymentName
    live: TrafficMap
    mirror: dict[str, int] = {}

    @property
    def source(self) -> str:
        """The online deployment with the most live traffic before; empty where none had any."""
        shares = positive(self.live)
        return max(shares, key=lambda name: shares[name], default="")


def with_rollout(tags: Mapping[str, str], rollout: Rollout) -> dict[str, str]:
    """The endpoint's tags, and the rollout's beside them.

    Raises:
        InvalidSpec: When the traffic is split over more online deployments than a tag can name.
    """
    own = {
        ROLLOUT_TAG: rollout.id,
        _RUN: rollout.run,
        _COLOR: rollout.color,
        _LIVE: _written(rollout.live),
        _MIRROR: _written(rollout.mirror),
    }
    longest = max(own.values(), key=len)
    if len(longest) > _LONGEST_VALUE:
        raise InvalidSpec(
            f"the traffic of endpoint {rollout.endpoint} can't be noted as the way back: {longest} is longer than the "
            f"{_LONGEST_VALUE} characters of a tag",
            "Give the traffic to fewer online deployments first.",
        )
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
            live=_read(own.get(_LIVE, "")),
            mirror=_read(own.get(_MIRROR, "")),
        )
    except (KeyError, ValueError, ValidationError) as error:
        raise Conflict(
            f"the tags of endpoint {endpoint} tell of a rollout that can't be read: {own}",
            f"Set the traffic as it should be, and remove the tags that begin with {ROLLOUT_TAG}.",
        ) from error


def _is_ours(tag: str) -> bool:
    return tag.lower().startswith(ROLLOUT_TAG)


def _written(shares: Mapping[str, int]) -> str:
    return " ".join(f"{name}={percent}" for name, percent in positive(shares).items())


def _read(text: str) -> dict[str, int]:
    return {name: int(percent) for name, _, percent in (part.partition("=") for part in text.split())}
