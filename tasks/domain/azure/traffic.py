"""Azure's rules for live and mirror traffic."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Annotated, Final

from pydantic import AfterValidator, Field

from tasks.domain.common.errors import InvalidSpec
from tasks.domain.common.naming import OnlineDeploymentName

MAX_MIRROR_PERCENT: Final = 50


def check_traffic(traffic: Mapping[str, int]) -> None:
    """Refuse a live traffic map that Azure would refuse: whole percents that sum to 0 or 100.

    Raises:
        InvalidSpec: With the sum.
    """
    if any(not 0 <= percent <= 100 for percent in traffic.values()):
        raise InvalidSpec(f"traffic {dict(traffic)} has a share outside 0 to 100", _SHARES)
    total = sum(traffic.values())
    if total not in (0, 100):
        raise InvalidSpec(f"traffic {dict(traffic)} sums to {total}", _SHARES)


_SHARES: Final = "Use whole percentages that sum to 100, or to 0 to remove all traffic."


def check_mirror(mirror: Mapping[str, int], traffic: Mapping[str, int]) -> None:
    """Refuse a mirror map that Azure would refuse.

    Azure accepts one deployment without live traffic, with a maximum of 50 percent.

    Source: learn.microsoft.com/azure/machine-learning/concept-online-deployment-model

    Raises:
        InvalidSpec: With the broken rule.
    """
    shares = positive(mirror)
    hint = "Mirror to one online deployment without live traffic, maximum 50 percent."
    if len(shares) > 1:
        raise InvalidSpec(f"mirror traffic {dict(mirror)} names several deployments", hint)
    for name, percent in shares.items():
        if percent > MAX_MIRROR_PERCENT:
            raise InvalidSpec(f"mirror traffic of {percent} percent to {name!r}", hint)
        if share_of(traffic, name):
            raise InvalidSpec(f"{name!r} has live traffic, so it can't be mirrored to", hint)


def check_named(shares: Mapping[str, int], deployments: Iterable[str]) -> None:
    """Refuse shares for deployments that do not exist.

    Raises:
        InvalidSpec: With the unknown names and the known ones.
    """
    present = {name.lower() for name in deployments}
    unknown = sorted(name for name in positive(shares) if name.lower() not in present)
    if unknown:
        raise InvalidSpec(
            f"traffic names {', '.join(unknown)}, but the endpoint has "
            f"{', '.join(sorted(present)) or 'no online deployment'}",
            "Create the online deployment first, or correct its name.",
        )


def positive(shares: Mapping[str, int]) -> dict[str, int]:
    """Return the shares above zero. To Azure, a zero means the same as no entry."""
    return {name: percent for name, percent in shares.items() if percent}


def share_of(shares: Mapping[str, int], deployment: str) -> int:
    """Return a deployment's share in percent; names are case-insensitive."""
    return {name.lower(): percent for name, percent in shares.items()}.get(deployment.lower(), 0)


def named_in(shares: Mapping[str, int], deployments: Iterable[str]) -> dict[str, int]:
    """Return the shares above zero of the deployments that exist; names are case-insensitive."""
    present = {name.lower() for name in deployments}
    return {name: percent for name, percent in positive(shares).items() if name.lower() in present}


def same_shares(one: Mapping[str, int], other: Mapping[str, int]) -> bool:
    """Return whether two maps route alike, whatever their zeros and the case of names."""
    return {n.lower(): p for n, p in positive(one).items()} == {n.lower(): p for n, p in positive(other).items()}


def all_traffic(deployment: str) -> dict[str, int]:
    """Return the map that sends all traffic to one deployment."""
    return {deployment: 100}


def without(shares: Mapping[str, int], deployment: str) -> dict[str, int]:
    """Return the shares without one deployment, as needed before it can be deleted."""
    return {name: p for name, p in shares.items() if name.lower() != deployment.lower()}


def _checked(traffic: dict[str, int]) -> dict[str, int]:
    try:
        check_traffic(traffic)
    except InvalidSpec as error:
        raise ValueError(str(error)) from error
    return traffic


TrafficMap = Annotated[
    dict[OnlineDeploymentName, int],
    AfterValidator(_checked),
    Field(description='Percent of live traffic per online deployment: {"blue": 90, "green": 10}. Sum: 0 or 100.'),
]
