"""The team's settings, and the example that they are copied from."""

from __future__ import annotations

import json
import re
import shlex
from typing import Any

import pytest
from prefect.server.utilities.user_templates import render_user_template_sync

from deployments.apply.automations import PREFIX as AUTOMATION
from deployments.apply.automations import read_automations
from deployments.apply.settings import PREFIX, Settings
from deployments.paths import ROOT
from deployments.validation import SettingsError, read_environment

EXAMPLE = (ROOT / "deployments" / "settings.env.example").read_text()


def given(text: str) -> dict[str, str]:
    """The variables that a file of assignments sets."""
    lines = [one for one in text.splitlines() if one and not one.startswith("#")]
    return {name: shlex.split(value)[0] for name, _, value in (one.partition("=") for one in lines)}


@pytest.fixture
def team(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    """The environment of a team that filled in the example."""
    for name, value in given(EXAMPLE).items():
        monkeypatch.setenv(name, value)
    return monkeypatch


def test_the_example_names_every_setting() -> None:
    """Each is there once, commented out where it may be absent."""
    named = re.findall(rf"^#?{PREFIX}(\w+)=", EXAMPLE, re.MULTILINE)
    assert sorted(one.lower() for one in named) == sorted(Settings.model_fields)


@pytest.mark.usefixtures("team")
def test_the_example_is_valid() -> None:
    """Filled in as it is, it makes blocks: the machine's identity, and a workspace that names it."""
    settings = read_environment(Settings)
    assert settings.identity_block().method == "identity of the machine"
    assert settings.workspace_block().as_target().identity == settings.block == "main"
    assert settings.workspace_block().resolvers.azure == "168.63.129.16"


def test_every_missing_variable_is_named_at_once(team: pytest.MonkeyPatch) -> None:
    """A person fills them all in, not one after the other."""
    for name in ("WORKSPACE", "TIME_ZONE"):
        team.delenv(PREFIX + name)
    with pytest.raises(SettingsError) as caught:
        read_environment(Settings)
    told = str(caught.value).splitlines()
    assert [one.split(" ")[0] for one in told] == [f"{PREFIX}WORKSPACE", f"{PREFIX}TIME_ZONE"]
    assert all("is not set" in one for one in told)


VALUES = {
    "notify": "00000000-0000-0000-0000-000000000001",
    "workspace": "ml-west",
    "workspace_id": "/subscriptions/s",
    "work_pool": "endpoint-ops",
    "deployment:scoring-diagnostics/diagnostics": "00000000-0000-0000-0000-000000000002",
    "deployment:endpoint-redeploy/redeploy": "00000000-0000-0000-0000-000000000003",
    "deployment:rollout-recovery/recover": "00000000-0000-0000-0000-000000000004",
}


def test_redeployments_by_themselves_are_asked_for() -> None:
    """Those automations are there, and off; one that is asked for is on."""
    off = {one.name for one in read_automations(VALUES, enabled=[], has_notifications=True) if not one.enabled}
    assert off == {"endpoint-ops: redeploy on a registered model", "endpoint-ops: redeploy an unhealthy endpoint"}
    some = read_automations(VALUES, enabled=["redeploy_on_model"], has_notifications=True)
    assert [one.name for one in some if not one.enabled] == ["endpoint-ops: redeploy an unhealthy endpoint"]


def test_an_automation_that_names_nothing_is_refused() -> None:
    """With its file and the name, instead of being written half."""
    some = {name: one for name, one in VALUES.items() if name != "workspace_id"}
    with pytest.raises(SettingsError, match=r"redeploy_on_registered_model\.yaml names \$\{workspace_id\}"):
        read_automations(some, enabled=[], has_notifications=True)


def test_the_guide_tells_of_every_automation() -> None:
    """The operator's guide has a row for each, by its name."""
    guide = (ROOT / "deployments" / "README.md").read_text()
    names = [one.name for one in read_automations(VALUES, enabled=[], has_notifications=True)]
    assert [one for one in names if one.removeprefix(AUTOMATION) not in guide] == []


def test_tags_are_a_json_object(team: pytest.MonkeyPatch) -> None:
    """They arrive in the workspace block, and keep Azure's rules."""
    team.setenv(f"{PREFIX}TAGS", '{"costCenter": "42"}')
    assert read_environment(Settings).workspace_block().as_target().tags == {"costCenter": "42"}
    team.setenv(f"{PREFIX}TAGS", '{"managed-by": "me"}')
    with pytest.raises(SettingsError, match="the flows set this name themselves"):
        read_environment(Settings)


@pytest.mark.parametrize(
    ("parameters", "requests"),
    [({"endpoint": "churn"}, {}), ({"requests": {"sample": "[1]"}}, {"sample": "[1]"})],
    ids=["none given", "its own"],
)
def test_a_recovery_gets_the_requests_of_its_run(parameters: dict[str, Any], requests: dict[str, Any]) -> None:
    """Also where that run had none: the recovery must start all the same."""
    (recovery,) = [
        one for one in read_automations(VALUES, enabled=[], has_notifications=False) if "recover" in one.name
    ]
    template = recovery.model_dump()["actions"][0]["parameters"]["requests"]["value"]["template"]
    run = {"flow_run": {"parameters": parameters}}
    assert json.loads(render_user_template_sync(template, run)) == requests
