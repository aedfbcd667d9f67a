"""The rollout record in an endpoint's tags: the run, the candidate, and the traffic to roll back to."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Final

from pydantic import BaseModel, ValidationError

from tasks.domain.azure.endpoint import Endpoint
from tasks.domain.azure.traffic import TrafficMap, positive
from tasks.domain.common.errors import Conflict, Origin
from tasks.domain.common.naming import OnlineDeploymentName

# On the endpoint during a rollout, and permanently on the online deployment that it created.
ROLLOUT_TAG: Final = "azureml-endpoint-ops-rollout"
CLEAR_RECORD: Final = f"Set the traffic as desired, and remove the tags that begin with {ROLLOUT_TAG}."
_PARTS: Final = ("run", "color", "live", "mirror", "until")
_RUN, _COLOR, _LIVE, _MIRROR, _UNTIL = (f"{ROLLOUT_TAG}-{part}" for part in _PARTS)
_MAX_VALUE_CHARS: Final = 256  # characters of a tag's value, by Azure Resource Manager


class RolloutLost(Conflict):
    """The endpoint is no longer in this rollout: another run rolled it back, or it was promoted.

    Attributes:
        is_promoted: True when the rollout record is gone, and the rollout's color has all traffic.
    """

    def __init__(
        self, message: str, hint: str = "", origin: Origin | None = None, *, is_promoted: bool = False
    ) -> None:
        super().__init__(message, hint, origin)
        self.is_promoted = is_promoted


class RollbackLost(Conflict):
    """The deployments that had the traffic are gone, so a rollback is impossible."""


class Rollout(BaseModel, frozen=True):
    """One rollout.

    Attributes:
        id: Unique; another attempt of the same run is another rollout.
        run: The flow run that carries it out.
        color: The online deployment that it creates.
        live: The live traffic before, to roll back to.
        mirror: The mirror traffic before.
        until: Set once its color is verified to answer every call: when the stable deployment may be removed.
    """

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


class AbandonedRollouts(BaseModel, frozen=True):
    """Rollouts whose runs ended without completing them.

    Attributes:
        unreadable: For each endpoint whose rollout record can't be read, the manual fix.
        unknown: The rollouts whose runs Prefect does not know: they may be another server's.
    """

    rollouts: tuple[Rollout, ...] = ()
    unreadable: tuple[str, ...] = ()
    unknown: tuple[Rollout, ...] = ()


def with_rollout(tags: Mapping[str, str], rollout: Rollout) -> dict[str, str]:
    """Return the endpoint's tags with the rollout record; a map that one tag can't hold takes several."""
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
    """Return the tags without the rollout record."""
    return {name: value for name, value in tags.items() if not _is_ours(name)}


def rollout_tags(tags: Mapping[str, str]) -> dict[str, str]:
    """Return the tags of the rollout record."""
    return {name: value for name, value in tags.items() if _is_ours(name)}


def rollout_in(endpoint: str, tags: Mapping[str, str]) -> Rollout | None:
    """Return the rollout that an endpoint's tags record, if there is one.

    Raises:
        Conflict: When the record can't be read.
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
            f"the rollout record in the tags of endpoint {endpoint} can't be read: {own}",
            CLEAR_RECORD,
        ) from error


def _is_ours(tag: str) -> bool:
    return tag.lower().startswith(ROLLOUT_TAG)


def _written(tag: str, shares: Mapping[str, int]) -> dict[str, str]:
    values = [""]
    for share in (f"{name}={percent}" for name, percent in positive(shares).items()):
        longer = f"{values[-1]} {share}".lstrip()
        values = [*values[:-1], longer] if len(longer) <= _MAX_VALUE_CHARS else [*values, share]
    return {f"{tag}-{at}" if at else tag: value for at, value in enumerate(values)}


def _read(tag: str, own: Mapping[str, str]) -> dict[str, int]:
    parts = [part for name, value in own.items() if name.startswith(tag) for part in value.split()]
    return {name: int(percent) for name, _, percent in (part.partition("=") for part in parts)}


def is_own(rollout: Rollout, shown: Endpoint) -> bool:
    """Return whether the endpoint's tags record this rollout."""
    found = rollout_in(shown.name, shown.tags)
    return found is not None and found.id == rollout.id


def require_own(rollout: Rollout, shown: Endpoint) -> None:
    """Refuse when the endpoint is no longer in this rollout.

    Raises:
        RolloutLost: With the rollout recorded instead.
    """
    if not is_own(rollout, shown):
        raise lost(rollout, shown)


def as_before(shown: Endpoint, rollout: Rollout) -> Endpoint:
    """Return the endpoint with the traffic that it had before."""
    return shown.model_copy(update={"traffic": rollout.live, "mirror_traffic": rollout.mirror})


def require_untouched(shown: Endpoint, last: Endpoint, desired: Endpoint) -> None:
    """Refuse when the traffic is neither what the rollout last set, nor already the desired one.

    Raises:
        Conflict: With both.
    """
    if not shown.routes_like(last) and not shown.routes_like(desired):
        raise Conflict(
            f"the traffic of endpoint {shown.name} was changed during the rollout: it is {shown.traffic}, mirror "
            f"{shown.mirror_traffic}; it was {last.traffic}, mirror {last.mirror_traffic}",
            "The rollout stops for that reason alone. Run again when nothing else changes the traffic.",
        )


def lost(rollout: Rollout, shown: Endpoint, *, is_promoted: bool = False) -> RolloutLost:
    """Return the error for a rollout that the endpoint is no longer in."""
    found = rollout_in(shown.name, shown.tags)
    instead = f"flow run {found.run} is rolling out {found.color}" if found else "it has no rollout record"
    return RolloutLost(
        f"endpoint {shown.name} is no longer in this rollout of {rollout.color}: {instead}",
        "This step changed nothing. Check the endpoint's traffic, then run again.",
        is_promoted=is_promoted,
    )


def unverified(shown: Endpoint, rollout: Rollout) -> dict[str, str]:
    """Return the endpoint's tags with the verification removed from this rollout's record."""
    if not is_own(rollout, shown):
        return shown.tags
    return with_rollout(shown.tags, rollout.model_copy(update={"until": None}))


def require_free(rollout: Rollout, found: Rollout | None, shown: Endpoint) -> None:
    """Refuse to begin during another rollout, or when the traffic is no longer as planned.

    Raises:
        Conflict: With the other rollout or the present traffic.
    """
    if found:
        raise Conflict(
            f"flow run {found.run} is rolling out {found.color} to endpoint {shown.name}",
            "Wait until it has ended, then run again.",
        )
    if not shown.routes_like(as_before(shown, rollout)):
        raise Conflict(
            f"endpoint {shown.name} has traffic {shown.traffic} now, and had {rollout.live} at planning",
            "Nothing was changed. Run again: that makes a new plan.",
        )
