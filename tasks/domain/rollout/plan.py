"""Plan a rollout, and check its prerequisites, before anything changes."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from typing import Final

from pydantic import BaseModel

from tasks.domain.azure.online_deployment import OnlineDeployment
from tasks.domain.azure.ownership import is_owned
from tasks.domain.azure.traffic import positive, share_of
from tasks.domain.common.errors import Conflict, InvalidSpec, NotReady
from tasks.domain.diagnostics.finding import Finding
from tasks.domain.diagnostics.verdict import EndpointVerdict, Health
from tasks.domain.rollout.state import CLEAR_RECORD, Rollout

# The manual fix for a rollout whose run Prefect does not know.
CLEAR_UNKNOWN_RECORD: Final = f"{CLEAR_RECORD} Do not do so while another Prefect server runs it."
_STARTS: Final = "SCORE-DEP-001"  # the check that online deployments are provisioned


class RolloutPlan(BaseModel, frozen=True):
    """The plan of a rollout.

    Attributes:
        source: The stable deployment, which the candidate copies: the one with the most live traffic.
        color: The candidate's name.
        leftover: True when an online deployment of that name, without traffic, is deleted first.
        live: The present live traffic, to roll back to.
        health: The endpoint's present health.
        notes: Observations that don't forbid the rollout.
    """

    endpoint: str
    title: str
    source: str
    color: str
    leftover: bool = False
    live: dict[str, int]
    mirror: dict[str, int] = {}
    health: Health
    notes: tuple[str, ...] = ()


def serving(endpoint: str, live: Mapping[str, int]) -> str:
    """Return the online deployment with the most live traffic.

    Raises:
        NotReady: When none has any.
    """
    shares = positive(live)
    if not shares:
        raise NotReady(
            f"endpoint {endpoint} has no live traffic, so there is no stable deployment to copy or roll back to",
            "Route its traffic to an online deployment first.",
        )
    return max(shares, key=lambda name: shares[name])


def candidate_color(
    colors: Iterable[str],
    present: Collection[OnlineDeployment],
    live: Mapping[str, int],
    mirror: Mapping[str, int],
) -> str:
    """Return the first color without traffic that is free, or holds an online deployment of this project.

    Raises:
        InvalidSpec: When there is none.
    """
    foreign = {one.name.lower() for one in present if not is_owned(one.tags, one.id)}
    names = tuple(colors)
    for color in names:
        if not share_of(live, color) and not share_of(mirror, color) and color.lower() not in foreign:
            return color
    raise InvalidSpec(
        f"none of the colors {', '.join(names)} is free: each has traffic, or holds an online deployment that this "
        "project did not create",
        "Add a color to the strategy, or delete an online deployment without traffic.",
    )


def require_no_other_rollout(found: Rollout | None, *, is_known: bool = True) -> None:
    """Refuse while another rollout to the endpoint is in progress.

    Args:
        found: The rollout record in the endpoint's tags.
        is_known: True when Prefect knows its run. It doesn't where the run was deleted, or belongs to another server.

    Raises:
        Conflict: With its run, or with the steps to clear the record of an unknown run.
    """
    if found and is_known:
        raise Conflict(
            f"flow run {found.run} is rolling out {found.color} to endpoint {found.endpoint}",
            "Wait until it has ended. If it was killed, retry that run: it rolls back first.",
        )
    if found:
        raise Conflict(unknown_text(found), CLEAR_UNKNOWN_RECORD)


def unknown_text(found: Rollout) -> str:
    """Return the message for a rollout whose run Prefect does not know."""
    return (
        f"the tags of endpoint {found.endpoint} say that flow run {found.run} is rolling out {found.color}, but "
        "Prefect does not know that run"
    )


def require_healthy(endpoint: str, verdict: EndpointVerdict) -> None:
    """Refuse where the diagnostics say that a rollout can't succeed, or could not check that.

    Raises:
        NotReady: With the finding.
    """
    finding = obstacle(verdict)
    if finding:
        raise NotReady(f"endpoint {endpoint} is {verdict.health}: {finding.code}: {finding.reason}", finding.remedy)


def obstacle(verdict: EndpointVerdict) -> Finding | None:
    """Return the finding that forbids a rollout: scoring can't work, or no online deployment could start."""
    wrong = [one for one in (verdict.cause, *verdict.suspects, *verdict.symptoms) if one and one.status == "FAIL"]
    unseen = [one for one in verdict.not_looked_at if one.severity == "critical"]
    grave = (one for one in (*wrong, *unseen) if not one.fixed_by_redeploy)
    return next((one for one in grave if one.severity == "critical" or _STARTS in one.explains), None)
