"""Rollouts as tags, and what forbids one."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from tasks.checks import ALL_CHECKS
from tasks.domain.azure.online_deployment import OnlineDeployment
from tasks.domain.azure.ownership import OWNERSHIP_TAGS, with_ownership
from tasks.domain.azure.quota import Machines, Quota, quota_sentence
from tasks.domain.azure.scoring import ScoringAnswer
from tasks.domain.common.errors import Conflict, InvalidSpec, NotReady, QuotaExceeded
from tasks.domain.diagnostics.finding import Finding, Severity, Status
from tasks.domain.diagnostics.verdict import judge_endpoint
from tasks.domain.rollout.analysis import analyzed
from tasks.domain.rollout.limits import Limits
from tasks.domain.rollout.plan import candidate_color, obstacle, serving
from tasks.domain.rollout.state import ROLLOUT_TAG, Rollout, rollout_in, with_rollout, without_rollout
from tasks.domain.rollout.step_result import Bake, require_passed, tally, unexpected_answers

NOON = datetime(2026, 7, 1, 12, tzinfo=UTC)
TAGS = {"team": "churn", **OWNERSHIP_TAGS}


def rollout(**changes: Any) -> Rollout:
    own = {"id": "1", "run": "run-1", "endpoint": "churn", "color": "green", "live": {"blue": 100}}
    return Rollout(**{**own, **changes})


@pytest.mark.parametrize(
    "noted",
    [
        rollout(),
        rollout(live={"blue": 90, "red-2": 10}, mirror={"red-3": 20}),
        rollout(live={"blue": 0}, run=""),
        rollout(until=NOON),
    ],
)
def test_the_way_back_is_read_as_it_was_written(noted: Rollout) -> None:
    """The team's tags stay, the rollout's come and go, whatever case Azure gives their names."""
    tags = with_rollout(TAGS, noted)
    assert tags.items() >= TAGS.items()
    assert all(len(value) <= 256 for value in tags.values())
    for shown in (tags, {name.upper(): value for name, value in tags.items()}):
        found = rollout_in("churn", shown)
        assert found
        assert found.model_copy(update={"live": noted.live}) == noted
        assert without_rollout(shown).keys() <= {name for name in shown if not name.lower().startswith(ROLLOUT_TAG)}
    assert without_rollout(tags) == TAGS


def test_no_rollout() -> None:
    """Other tags tell of none."""
    assert rollout_in("churn", TAGS) is None


def test_a_way_back_that_fits_no_tag_is_in_several() -> None:
    """A tag's value has 256 characters in Azure, a resource 50 tags, and an endpoint twenty online deployments."""
    live = {f"{'d' * 30}{at:02}": 5 for at in range(20)}
    noted = rollout(live=live, mirror={"x" * 32: 10})
    tags = with_rollout({}, noted)
    assert len(tags) < 10
    assert all(len(value) <= 256 for value in tags.values())
    assert rollout_in("churn", tags) == noted


@pytest.mark.parametrize("broken", [{ROLLOUT_TAG: "1"}, with_rollout({}, rollout()) | {f"{ROLLOUT_TAG}-live": "blue"}])
def test_a_note_that_somebody_has_changed_is_told(broken: dict[str, str]) -> None:
    """It is not taken for none."""
    with pytest.raises(Conflict, match="can't be read"):
        rollout_in("churn", broken)


def deployed(name: str, tags: dict[str, str] | None = None) -> OnlineDeployment:
    return OnlineDeployment(id=name, name=name, endpoint="churn", provisioning_state="Succeeded", tags=tags or {})


@pytest.mark.parametrize(
    ("present", "live", "mirror", "color"),
    [
        ([deployed("blue")], {"blue": 100}, {}, "green"),
        ([deployed("v12")], {"v12": 100}, {}, "blue"),
        ([deployed("blue"), deployed("green", with_ownership(TAGS, "green"))], {"BLUE": 100}, {}, "green"),
        ([deployed("blue"), deployed("green")], {"blue": 100}, {}, ""),
        ([deployed("blue"), deployed("green", with_ownership(TAGS, "green"))], {"blue": 100}, {"green": 10}, ""),
        ([deployed("blue"), deployed("green", with_ownership(TAGS, "green"))], {"blue": 90, "green": 10}, {}, ""),
    ],
)
def test_the_next_color(
    present: list[OnlineDeployment], live: dict[str, int], mirror: dict[str, int], color: str
) -> None:
    """It has no traffic of any kind, and nobody else's online deployment has its name."""
    if color:
        assert candidate_color(("blue", "green"), present, live, mirror) == color
    else:
        with pytest.raises(InvalidSpec, match="none of the colors blue, green is free"):
            candidate_color(("blue", "green"), present, live, mirror)


def test_the_next_is_like_the_one_with_the_most_traffic() -> None:
    """Without live traffic there is none, and no way back."""
    assert serving("churn", {"blue": 10, "red": 90}) == "red"
    with pytest.raises(NotReady, match="no live traffic"):
        serving("churn", {"blue": 0})


def finding(code: str, status: Status, severity: Severity) -> Finding:
    (check,) = (one for one in ALL_CHECKS if one.code == code)
    return Finding(
        code=code,
        name="n",
        title="t",
        severity=severity,
        subject="/e",
        status=status,
        reason="r",
        explains=check.explains,
        fixed_by_redeploy=check.fixed_by_redeploy,
    )


@pytest.mark.parametrize(
    ("findings", "code"),
    [
        ([], ""),
        ([finding("SCORE-CALL-004", "FAIL", "critical")], ""),  # the model itself: a new one is what it needs
        ([finding("SCORE-DEP-001", "FAIL", "critical")], ""),
        ([finding("SCORE-LOG-002", "FAIL", "minor")], ""),
        ([finding("SCORE-DNS-001", "FAIL", "critical")], "SCORE-DNS-001"),
        ([finding("SCORE-DNS-001", "ERROR", "critical")], "SCORE-DNS-001"),
        ([finding("SCORE-NET-002", "FAIL", "major")], "SCORE-NET-002"),  # no online deployment would start
        ([finding("SCORE-NET-002", "ERROR", "major")], ""),  # the identity may not look: Azure itself will say
        ([finding("SCORE-DNS-005", "FAIL", "major")], ""),
        ([finding("SCORE-KV-002", "WARN", "critical")], ""),
    ],
)
def test_what_forbids_a_rollout(findings: list[Finding], code: str) -> None:
    """Scoring can't work or can't be judged, or nothing could start; what a redeployment mends forbids none."""
    found = obstacle(judge_endpoint("/e", findings))
    assert (found.code if found else "") == code


@pytest.mark.parametrize(
    ("instances", "used", "freed", "fits"),
    [(1, 84, 0, True), (1, 93, 0, False), (1, 93, 8, True), (5, 76, 0, True), (5, 77, 0, False), (10, 52, 0, True)],
)
def test_quota(instances: int, used: int, freed: int, fits: bool) -> None:
    """A fifth more instances count, rounded up; what goes before makes room."""
    machines = Machines(instance_type="Standard_DS3_v2", instance_count=instances)
    quota = Quota(family="standardDSv2Family", cores=4, used=used, limit=100)
    if fits:
        assert "are free" in quota_sentence(machines, quota, freed)
    else:
        with pytest.raises(QuotaExceeded, match="cores of standardDSv2Family"):
            quota_sentence(machines, quota, freed)


def test_some_sizes_reserve_nothing() -> None:
    """Where Azure skips the reserve, the instances alone count."""
    quota = Quota(family="standardNCADSA100v4Family", cores=24, used=0, limit=24)
    machines = Machines(instance_type="Standard_NC24ads_A100_v4", instance_count=1)
    assert "need 24 cores" in quota_sentence(machines, quota)


def answer(deployment: str, status: int = 200) -> ScoringAnswer:
    outcome: Any = "ok" if status == 200 else "model_error"
    return ScoringAnswer(status=status, outcome=outcome, body="b", latency_seconds=0.1, deployment=deployment)


def test_a_failed_step_ends_the_rollout() -> None:
    """Its error has the numbers; one that went well, or that nobody could judge, raises nothing."""
    answers = [answer("blue", 424), answer("green"), answer("Green", 424)]
    bake = Bake(percent=10, traffic={"blue": 90, "green": 10}, seconds=1, tallies=tally(answers))
    require_passed(bake, "green")
    failed = analyzed(bake.of("green"), bake.of("blue"), Limits())
    with pytest.raises(NotReady, match="at 10 % green: failed 1 of 2 probes"):
        require_passed(bake.model_copy(update={"analysis": failed}), "green")


def test_strangers() -> None:
    """Who answers without a share of the traffic."""
    bake = Bake(percent=100, traffic={"green": 100}, seconds=1, routed={"green": 8, "blue": 2, "": 1})
    assert unexpected_answers(bake) == {"blue": 2}
