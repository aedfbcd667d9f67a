"""Every state that the emulator can be put into, diagnosed: alone, in pairs, cured; and a hundred healthy endpoints."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import nullcontext
from dataclasses import astuple, replace
from pathlib import Path

import pytest
import requests
from support.emulator.identities import Identity, identity_with
from support.scenarios.cures import CURES
from support.scenarios.stage import LIMITS, ScenarioStage, scenario_stage
from support.scenarios.tables import Row, Together, drawn_pairs, expected, together

from deployments.emulator.scenarios import SCENARIOS
from tasks.checks import ALL_CHECKS
from tasks.clients.transport.time_limits import TimeLimits
from tasks.domain.diagnostics.precedence import explained_by
from tasks.domain.diagnostics.verdict import EndpointVerdict

# Another check always says why: these are decisive for seeing that something is wrong at all.
NEVER_THE_CAUSE = {"SCORE-DNS-001": "zone_not_linked", "SCORE-DNS-002": "hosts_file_outdated"}
# Azure tells why an operation has failed to whoever began it: here the first principal, for all that scenarios do.
TOLD_TO_THE_BEGINNER = ("endpoint_failed", "image_build_failed", "quota_used_up")
# The seeded workspace's private endpoint is in the network's group; another one's may be in its own.
ELSEWHERE = {
    "microsoft.network/networkinterfaces/read",
    "microsoft.network/privateendpoints/read",
    "microsoft.network/privateendpoints/privatednszonegroups/read",
    "microsoft.machinelearningservices/workspaces/onlineendpoints/token/action",  # of endpoints with aml_token
}
GRAVITY = ("unhealthy", "unknown", "degraded", "healthy")
EXPLAINS = {check.code: check.explains for check in ALL_CHECKS}
FEW = 12
FOLDER = Path(__file__).parent
ROWS = expected()
PAIRS = list(drawn_pairs(1))


@pytest.fixture(scope="module")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ScenarioStage]:
    """One emulator for all states; each is taken back before the next."""
    with scenario_stage(tmp_path_factory.mktemp("scenarios")) as made:
        yield made


@pytest.fixture(scope="module")
def observer(stage: ScenarioStage) -> Identity:
    """An identity with the custom roles of the diagnostics, and no other right."""
    group = str(stage.workspace["resource_group"])
    return identity_with(stage.emulator, {group: "diagnostics.json", "network": "diagnostics-network.json"})


def test_the_tests_expect_what_the_emulator_promises() -> None:
    """Both tables have the same scenarios, verdicts, causes and remedies."""
    promised = {name: astuple(one.diagnosis) for name, one in SCENARIOS.items()}
    assert {name: (row.health, row.cause, row.remedy) for name, row in ROWS.items()} == promised
    assert [name for name, one in SCENARIOS.items() if one.name != name or not one.sentence.endswith(".")] == []


def test_every_check_is_the_root_cause_of_a_scenario() -> None:
    """But for those that only ever show what others explain, and those whose test says why they have no scenario."""
    causes = {one.diagnosis.cause for one in SCENARIOS.values()} - {""}
    tests = {file.stem.removeprefix("test_"): file.read_text() for file in FOLDER.glob("*/test_*.py")}
    without = {check.code for check in ALL_CHECKS if "NO_SCENARIO = " in tests[check.name]}
    assert causes | NEVER_THE_CAUSE.keys() | without == {check.code for check in ALL_CHECKS}
    assert not causes & without
    assert not causes & NEVER_THE_CAUSE.keys()


@pytest.mark.parametrize("code", NEVER_THE_CAUSE)
def test_a_check_that_is_never_the_cause_is_a_symptom(code: str, stage: ScenarioStage) -> None:
    """It fails, and is explained."""
    with stage.played(NEVER_THE_CAUSE[code]):
        assert code in [one.code for one in stage.verdict().symptoms]


@pytest.mark.parametrize("name", ROWS)
def test_alone(name: str, stage: ScenarioStage, observer: Identity) -> None:
    """The right verdict, the right root cause with its remedy, no second one; and all is as before afterwards.

    The custom roles of the diagnostics are enough for it.
    """
    row, before = ROWS[name], stage.resources()
    with stage.played(name), nullcontext() if name in TOLD_TO_THE_BEGINNER else observer.acting():
        found = stage.verdict(SCENARIOS[name].expects, limits_for(name))
    assert found.health == row.health, told(found)
    assert (found.cause.code if found.cause else "") == row.cause, told(found)
    assert row.remedy in (found.cause.remedy if found.cause else ""), told(found)
    assert found.suspects == (), told(found)
    assert stage.resources() == before


def test_the_roles_of_the_diagnostics_have_no_spare_action(stage: ScenarioStage, observer: Identity) -> None:
    """Every action of them is needed in some state; the files are written from the same table as the preflight."""
    group = str(stage.workspace["resource_group"])
    if len(observer.used(group)) < FEW:
        pytest.skip("most of the states were not diagnosed")
    assert observer.spare("diagnostics.json", group) == ELSEWHERE
    # Azure's list of resources shows only those zones that the caller may read; no request asks for that right itself.
    assert observer.spare("diagnostics-network.json", "network") == {"microsoft.network/privatednszones/read"}


@pytest.mark.parametrize("pair", together(), ids=lambda pair: f"{pair.first}+{pair.second}")
def test_together(pair: Together, stage: ScenarioStage) -> None:
    """What the table says: the cause, and what is wrong besides."""
    found = both(stage, pair.first, pair.second)
    assert found.cause, told(found)
    assert found.cause.code == pair.cause, told(found)
    assert tuple(one.code for one in found.suspects) == pair.suspects, told(found)
    by_cause = {row.cause: row.remedy for row in (ROWS[pair.second], ROWS[pair.first]) if row.cause}
    assert by_cause[pair.cause] in found.cause.remedy, told(found)


@pytest.mark.parametrize("pair", PAIRS, ids=lambda pair: f"{pair[0].name}+{pair[1].name}")
def test_in_pairs(pair: tuple[Row, Row], stage: ScenarioStage) -> None:
    """Nothing but the two causes is named, the graver one first; only what the other explains or hides is missing."""
    found = both(stage, pair[0].name, pair[1].name)
    named = [one.code for one in (found.cause, *found.suspects) if one]
    causes = {row.cause for row in pair if row.cause}
    symptoms = {one.code for one in found.symptoms}
    known = causes | symptoms
    if "looking" in pair[0].where | pair[1].where:  # a cause that nobody can see leaves its symptoms behind
        effects = [effect for code in causes for effect in EXPLAINS[code]]
        causes |= explained_by(effects, {code: EXPLAINS[code] for code in known | set(named)})
    assert set(named) <= causes, told(found)
    if not all(row.is_on_the_way for row in pair):
        assert causes <= set(named) | symptoms, told(found)
    seen = [row for row in pair if row.cause in named]
    assert found.health == min((row.health for row in seen or pair), key=GRAVITY.index) or found.not_looked_at
    assert named == sorted(named, key=lambda code: gravity(code, pair)), told(found)


@pytest.mark.parametrize("name", CURES)
def test_the_cure_cures(name: str, stage: ScenarioStage) -> None:
    """An ordinary write makes the same diagnosis healthy, and taking the scenario back undoes none of it."""
    expects = SCENARIOS[name].expects
    with stage.played(name):
        assert stage.verdict(expects).health == ROWS[name].health
        CURES[name](stage)
        cured = stage.verdict(expects)
        assert cured.health == "healthy", told(cured)
    after = stage.verdict(expects)
    assert after.health == "healthy", told(after)


def test_every_scenario_that_promises_a_cure_has_one() -> None:
    """The table of cures is complete."""
    assert set(CURES) == {name for name, one in SCENARIOS.items() if one.cure}


def test_one_endpoint_alone_can_be_meant(stage: ScenarioStage) -> None:
    """The others stay well."""
    (made,) = stage.seed({"name": "several", "group": "scored", "endpoints": 3})
    first, second, third = made["endpoints"]
    stage.emulator.control(
        "POST", "/faults", {"scenario": "model_raises", "workspace": made["name"], "endpoint": second}
    )
    stage.emulator.control("POST", "/faults", {"scenario": "traffic_zero", "workspace": made["id"], "endpoint": third})
    try:
        found = stage.diagnose(scope=stage.scope(workspace=made["name"], endpoint=None))
    finally:
        stage.emulator.clear_faults()
    causes = {one.name: one.verdict.cause.code if one.verdict.cause else "" for one in found.endpoints}
    assert causes == {first: "", second: "SCORE-LOG-001", third: "SCORE-TRF-001"}


def test_one_of_two_can_be_taken_back(stage: ScenarioStage) -> None:
    """In any order, and the other stays in force, though both changed the same resource."""
    name = stage.workspace["name"]
    for scenario in ("managed_network_not_provisioned", "v1_legacy_mode"):
        stage.emulator.control("POST", "/faults", {"scenario": scenario, "workspace": name})
    left = stage.emulator.control(
        "POST", "/faults", {"scenario": "managed_network_not_provisioned", "undo": True}
    ).json()
    assert [one["scenario"] for one in left] == ["v1_legacy_mode"]
    assert stage.emulator.control("GET", "/scenarios").json()["in_force"] == left
    cause = stage.verdict().cause
    stage.emulator.clear_faults()
    assert cause
    assert cause.code == "SCORE-WS-001"
    assert stage.verdict().health == "healthy"


@pytest.mark.parametrize(
    ("document", "words"),
    [
        ({"scenario": "no_such_state"}, "there is no scenario"),
        ({"scenario": "traffic_zero", "workspace": "nowhere"}, "there is no workspace"),
        ({"scenario": "traffic_zero", "endpoint": "nowhere"}, "with an endpoint"),
        ({"scenario": "traffic_zero", "when": "now"}, "unexpected keyword"),
    ],
)
def test_what_cannot_be_played_is_refused(document: dict[str, str], words: str, stage: ScenarioStage) -> None:
    """With a reason, and nothing changes."""
    before = stage.resources()
    with pytest.raises(requests.HTTPError) as caught:
        stage.emulator.control("POST", "/faults", document)
    assert caught.value.response.status_code == 400
    assert words in caught.value.response.json()["error"]
    assert stage.resources() == before


def both(stage: ScenarioStage, first: str, second: str) -> EndpointVerdict:
    """The verdict on both at once."""
    with stage.played(first, second):
        expects = {**SCENARIOS[first].expects, **SCENARIOS[second].expects}
        return stage.verdict(expects, limits_for(first, second))


def limits_for(*names: str) -> TimeLimits:
    """A slow model is waited for; whoever never answers costs no more than needs be."""
    return LIMITS if "model_slow" in names else replace(LIMITS, call=1.5)


def gravity(code: str, pair: tuple[Row, Row]) -> int:
    """How grave the scenario is alone that has this cause; the gravest first."""
    return min((GRAVITY.index(row.health) for row in pair if row.cause == code), default=len(GRAVITY))


def told(found: EndpointVerdict) -> str:
    """What went wrong, for whoever reads a failed test."""
    named = [one for one in (found.cause, *found.suspects, *found.not_looked_at) if one]
    symptoms = ", ".join(one.code for one in found.symptoms)
    return "\n".join([found.health, *(f"{one.code} {one.status}: {one.reason}" for one in named), f"({symptoms})"])
