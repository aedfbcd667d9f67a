"""The files of deployments/cluster: every command and setting in them exists, and they agree with one another."""

from __future__ import annotations

import configparser
import json
import re
import shlex
from pathlib import Path

import prefect.settings
import pytest
import yaml
from prefect.cli._app import _app
from prefect.events.schemas.automations import AutomationCore, EventTrigger, Posture
from prefect.settings.base import PrefectBaseSettings
from prefect_redis import cleanup_queue, client, messaging
from support.cluster.stack import FOLDER, services, variables_in

import flows.diagnostics.run
import flows.endpoint_lifecycle
import flows.endpoint_redeploy
import flows.rollout.approval
import flows.rollout.guard
import flows.rollout.stages
import flows.scoring_diagnostics

SETTINGS = "settings.env"
SECRETS = tuple(sorted(one.name for one in FOLDER.glob("*-secrets.env.example")))
FILES = (SETTINGS, *SECRETS)
# The secrets that each container uses, by the number of their placeholder.
DATABASE, REDIS, API, ENCRYPTION = "1", "2", "3", "4"
USED = {
    "postgres": {DATABASE},
    "redis": {REDIS},
    "migration": {DATABASE},
    "services": {DATABASE, REDIS, API, ENCRYPTION},
    "api-1": {DATABASE, REDIS, API, ENCRYPTION},
    "api-2": {DATABASE, REDIS, API, ENCRYPTION},
    "proxy": set[str](),
    "worker": {API},
}
NOT_PREFECTS = {"POSTGRES_PASSWORD", "REDIS_PASSWORD"}  # what the images of PostgreSQL and Redis are told
READ_FROM_THE_ENVIRONMENT = {"PREFECT_SERVER_ENCRYPTION_KEY"}  # which Prefect doesn't count as a setting
WAITS = {"task_start_timeout_seconds", "pod_watch_timeout_seconds"}  # how long a start may take
UNITS = {"migration": "prefect-migration", "services": "prefect-services", "api-1": "prefect-api"}


def redis_settings() -> set[str]:
    """The environment variables of the package prefect-redis."""
    models = [
        one
        for module in (cleanup_queue, client, messaging)
        for one in vars(module).values()
        if isinstance(one, type) and issubclass(one, PrefectBaseSettings)
    ]
    return {f"{one.model_config.get('env_prefix')}{name}".upper() for one in models for name in one.model_fields}


def prefect_commands() -> dict[str, list[str]]:
    """What compose.yaml lets Prefect do, by service."""
    return {name: one["command"] for name, one in services().items() if one.get("command", [""])[0] == "prefect"}


@pytest.mark.parametrize("name", FILES)
def test_prefect_knows_every_setting(name: str) -> None:
    """A misspelled variable would be ignored, and the server would keep in memory what its processes must share."""
    unknown = {
        one
        for one in variables_in(name).keys() - NOT_PREFECTS - READ_FROM_THE_ENVIRONMENT - redis_settings()
        if not hasattr(prefect.settings, one)
    }
    assert unknown == set()


def test_every_command_exists() -> None:
    """Prefect's command line takes every command of the compose file."""
    assert set(prefect_commands()) == {"migration", "services", "api-1", "api-2", "worker"}
    for command in prefect_commands().values():
        _app.parse_args(command[1:], exit_on_error=False, print_error=False)


def test_units_run_the_same_commands() -> None:
    """Without containers, the same commands run with the same files of variables."""
    for service, unit in {**UNITS, "worker": "prefect-worker@"}.items():
        lines = (FOLDER / "systemd" / f"{unit}.service").read_text()
        parser = configparser.RawConfigParser(strict=False, interpolation=None)
        parser.read_string(lines)
        program, *words = shlex.split(parser["Service"]["ExecStart"])
        assert [Path(program).name, *words][: len(prefect_commands()[service])] == prefect_commands()[service]
        read = [line.rsplit("/", 1)[1] for line in lines.splitlines() if line.startswith("EnvironmentFile=")]
        assert read == services()[service]["env_file"]


def given(service: str) -> list[str]:
    """The files of variables that a container gets."""
    return list(services()[service].get("env_file", []))


def test_secrets_are_not_in_the_repository() -> None:
    """What is committed has placeholders only, and the settings have none."""
    for name in SECRETS:
        assert all("CHANGE-ME" in value for value in variables_in(name).values())
    assert not [
        name for name in variables_in(SETTINGS) if "PASSWORD" in name or "AUTH" in name or "KEY" in name.split("_")
    ]


@pytest.mark.parametrize("service", USED)
def test_a_container_gets_the_secrets_that_it_uses(service: str) -> None:
    """And no others: the key that encrypts blocks does not go to the database's."""
    found = [value for name in given(service) if name != SETTINGS for value in variables_in(f"{name}.example").values()]
    assert {number for value in found for number in re.findall(r"CHANGE-ME-(\d)", value)} == USED[service]


def test_every_container_is_looked_at() -> None:
    """None of the compose file is missing above; a secret has one placeholder wherever it is needed."""
    assert set(services()) == set(USED)
    api = [variables_in(name) for name in ("server-secrets.env.example", "worker-secrets.env.example")]
    assert api[0]["PREFECT_SERVER_API_AUTH_STRING"] == api[1]["PREFECT_API_AUTH_STRING"]


def test_the_guide_says_who_gets_which_secret() -> None:
    """Its table is what the compose file does, and every file of secrets is copied in its commands."""
    guide = (FOLDER / "README.md").read_text()
    (table,) = re.findall(r"\| file \| holds \| given to \|\n\|[-|]+\n((?:\|.*\n)+)", guide)
    rows = [re.findall(r"`([^`]+)`", line) for line in table.splitlines()]
    assert {file: set(names) for file, *names in rows} == {
        name.removesuffix(".example"): {one for one in services() if name.removesuffix(".example") in given(one)}
        for name in SECRETS
    }
    copied = " ".join(sorted(name.removesuffix("-secrets.env.example") for name in SECRETS))
    for text in (guide, (FOLDER / "compose.yaml").read_text()):
        assert f"for name in {copied}; do install -m 600 $name-secrets.env.example $name-secrets.env; done" in text


def test_the_api_is_protected() -> None:
    """It asks for CSRF tokens, and only the proxy is published, on this host alone."""
    assert variables_in(SETTINGS)["PREFECT_SERVER_API_CSRF_PROTECTION_ENABLED"] == "true"
    published = {name: one["ports"] for name, one in services().items() if "ports" in one}
    assert published == {"proxy": ["127.0.0.1:4200:4200"]}


def test_the_proxy_binds_loopback_unless_told() -> None:
    """It speaks plain HTTP: without a word of the operator's nobody but this host reaches it."""
    (bind,) = re.findall(r"^\s*bind (.*)$", (FOLDER / "haproxy.cfg").read_text(), re.MULTILINE)
    assert bind == '"${PROXY_BIND-127.0.0.1:4200}"'
    assert services()["proxy"]["environment"] == {"PROXY_BIND": ":4200"}
    assert "`127.0.0.1:4200` unless set" in (FOLDER / "README.md").read_text()


def test_the_proxy_knows_every_replica() -> None:
    """Each API service of the compose file is a server of the proxy."""
    lines = (FOLDER / "haproxy.cfg").read_text().splitlines()
    servers = [line.split()[1] for line in lines if line.strip().startswith("server ")]
    assert servers == [name for name in services() if name.startswith("api-")]


def test_the_automations_are_patient() -> None:
    """Prefect takes them; a run is lost after ten heartbeats that did not come, or longer than any start takes."""
    document = yaml.safe_load((FOLDER.parent / "automations" / "run_lost_runs_again.yaml").read_text())
    triggers = [AutomationCore.model_validate(one).trigger for one in document["automations"]]
    patient = [one for one in triggers if isinstance(one, EventTrigger) and one.posture == Posture.Proactive]
    silence, start = (one.within.total_seconds() for one in patient)
    assert silence == 10 * int(variables_in(SETTINGS)["PREFECT_FLOWS_HEARTBEAT_FREQUENCY"])
    pools = [json.loads(file.read_text()) for file in (FOLDER.parent / "work_pools").glob("*.json")]
    waits = [
        field["default"] for one in pools for name, field in one["variables"]["properties"].items() if name in WAITS
    ]
    assert max(waits) < start


def test_no_automation_resumes_what_waits_for_an_approval() -> None:
    """Only flows without a suspension are run again: to schedule a suspended run would be to approve it."""
    document = yaml.safe_load((FOLDER.parent / "automations" / "run_lost_runs_again.yaml").read_text())
    named = {
        name for one in document["automations"] for name in one["trigger"]["match_related"]["prefect.resource.name"]
    }
    assert named == {"endpoint-lifecycle", "endpoint-redeploy", "scoring-diagnostics"}
    waiting = (flows.endpoint_redeploy, flows.rollout.approval, flows.rollout.guard, flows.rollout.stages)
    for module in (flows.endpoint_lifecycle, flows.scoring_diagnostics, flows.diagnostics.run, *waiting):
        assert "suspend_flow_run" not in Path(module.__file__).read_text()
