"""`endpoint-ops apply` on a Prefect server: what people changed stays, and what they did not touch is updated."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from prefect.client.orchestration import PrefectClient, get_client
from prefect.client.schemas.responses import DeploymentResponse
from prefect.exceptions import PrefectHTTPStatusError
from support.prefect.server import RunningPrefect

from deployments.apply.apply import DEPLOYMENTS, apply, next_run
from deployments.apply.automations import PREFIX
from deployments.apply.record import NAME, read_record
from deployments.apply.settings import Settings
from deployments.validation import SettingsError

SAMPLES = {"requests": {"churn-*": '{"data": "{{ as it is }}"}'}}
GOLDEN = {"by_endpoint": {"churn-*": ["golden/churn.json"]}}
DIAGNOSTICS, REDEPLOY, RECOVER = (
    "scoring-diagnostics/diagnostics",
    "endpoint-redeploy/redeploy",
    "rollout-recovery/recover",
)
RECOVERS, DIAGNOSES = f"{PREFIX}recover a rollout that was left", f"{PREFIX}diagnose after a redeployment"


def team(**changes: Any) -> Settings:
    """A team's settings."""
    own: dict[str, Any] = {
        "subscription_id": "00000000-0000-0000-0000-000000000000",
        "resource_group": "rg",
        "workspace": "ml-west",
        "location": "westeurope",
        "notify": "none",
        "time_zone": "UTC",
        "work_pool": "applied",
    }
    return Settings(**own | changes)


@pytest.fixture(autouse=True)
def cleared(prefect_server: RunningPrefect) -> Iterator[None]:
    """A server that knows nothing of the project, before and afterwards."""
    yield
    with get_client(sync_client=True) as client:
        for deployment in client.read_deployments():
            client.delete_deployment(deployment.id)
        for automation in client.read_automations():
            client.delete_automation(automation.id)
        client.request("DELETE", "/work_pools/{name}", path_params={"name": "applied"})
        client.delete_variable_by_name(NAME)


@pytest.fixture
def client() -> PrefectClient:
    """A client, to be entered by the test that uses it: it belongs to the test's event loop."""
    return get_client()


async def deployment(client: PrefectClient, name: str) -> DeploymentResponse:
    return await client.read_deployment_by_name(name)


async def edit(client: PrefectClient, name: str, **changes: Any) -> None:
    """Change a deployment as the UI's form does."""
    found = await deployment(client, name)
    parameters = {**found.parameters, **changes.pop("parameters", {})}
    path = {"id": found.id}
    await client.request("PATCH", "/deployments/{id}", path_params=path, json={"parameters": parameters, **changes})


async def edit_schedule(client: PrefectClient, name: str, slug: str, **changes: Any) -> None:
    """Change a schedule as the UI does."""
    found = await deployment(client, name)
    (schedule,) = [one for one in found.schedules if one.slug == slug]
    await client.request("PATCH", f"/deployments/{found.id}/schedules/{schedule.id}", json=changes)  # type: ignore[arg-type]


async def automations(client: PrefectClient) -> dict[str, Any]:
    return {one.name: one for one in await client.read_automations()}


def kept(lines: list[str]) -> list[str]:
    return [one.removeprefix("kept        ") for one in lines if one.startswith("kept")]


async def as_people_leave_it(client: PrefectClient) -> None:
    """What an operator does in the UI: requests, times, limits, and what is switched off.

    The UI writes every other parameter of the form with its default, as it does with the revision here.
    """
    await edit(client, DIAGNOSTICS, parameters={"samples": SAMPLES})
    await edit(client, REDEPLOY, parameters={"requests": GOLDEN, "revision": {"kind": "same_again"}})
    await edit(client, "endpoint-remedy/remedy", concurrency_limit=3)
    await edit(client, "endpoint-teardown/teardown", paused=True)
    nightly = {"cron": "30 5 * * *", "timezone": "Europe/Stockholm", "day_or": True}
    await edit_schedule(client, DIAGNOSTICS, "nightly", schedule=nightly)
    await edit_schedule(client, RECOVER, "left-rollouts", active=False)
    own = {"schedule": {"cron": "0 6 * * 1", "timezone": "UTC"}, "active": True}
    found = await deployment(client, DIAGNOSTICS)
    await client.request("POST", f"/deployments/{found.id}/schedules", json=[own])  # type: ignore[arg-type]
    there = await automations(client)
    await client.pause_automation(there[RECOVERS].id)
    await client.delete_automation(there[DIAGNOSES].id)
    pool = await client.read_work_pool("applied")
    template = pool.base_job_template
    template["variables"]["properties"]["stream_output"]["default"] = True
    await client.request(
        "PATCH", "/work_pools/{name}", path_params={"name": "applied"}, json={"base_job_template": template}
    )


KEPT = [
    "applied: stream_output",
    f"{DIAGNOSTICS}: parameter samples",
    f"{REDEPLOY}: parameter requests",
    "endpoint-remedy/remedy: concurrency limit",
    "endpoint-teardown/teardown: paused",
    f"{DIAGNOSTICS}: schedule nightly: 30 5 * * * Europe/Stockholm",
    f"{RECOVER}: schedule left-rollouts: off",
    f"{DIAGNOSES}: removed",
    f"{RECOVERS}: off",
]


async def test_what_people_changed_is_kept_named_and_reset_on_request(client: PrefectClient) -> None:
    """A second apply, and a third; a new default reaches what nobody touched; --reset brings the default back."""
    async with client:
        first = await apply(team())
        assert kept(first) == []
        assert await apply(team()) == first
        assert len(json.dumps(await read_record(client))) < 4500  # Prefect's variables end at 5,000
        await as_people_leave_it(client)
        lines = await apply(team(nightly_cron="0 4 * * *", queue="arrivals"))
        assert sorted(kept(lines)) == sorted(KEPT)
        assert "endpoint-ops apply --reset NAME" in lines[-1]
        await is_as_people_left_it(client)
        assert (await deployment(client, "event-intake/intake")).parameters["queue"] == "arrivals"
        assert await apply(team(queue="arrivals")) == lines

        again = await apply(team(), reset=["diagnostics", REDEPLOY, "recover a rollout that was left", "applied"])
        assert [
            one for one in kept(again) if DIAGNOSTICS in one or REDEPLOY in one or RECOVERS in one or "applied" in one
        ] == []
        assert "samples" not in (await deployment(client, DIAGNOSTICS)).parameters
        assert "requests" not in (await deployment(client, REDEPLOY)).parameters
        assert (await automations(client))[RECOVERS].enabled
        schedules = {one.slug: one.schedule for one in (await deployment(client, DIAGNOSTICS)).schedules}
        assert schedules["nightly"].cron == "0 3 * * *"  # type: ignore[union-attr]
        assert not (await client.read_work_pool("applied")).base_job_template["variables"]["properties"][
            "stream_output"
        ]["default"]


async def is_as_people_left_it(client: PrefectClient) -> None:
    """Each of the changes is there."""
    diagnostics = await deployment(client, DIAGNOSTICS)
    assert diagnostics.parameters["samples"] == SAMPLES
    crons = {one.slug: (one.schedule.cron, one.active) for one in diagnostics.schedules}  # type: ignore[union-attr]
    assert crons == {"nightly": ("30 5 * * *", True), None: ("0 6 * * 1", True)}
    assert (await deployment(client, REDEPLOY)).parameters["requests"] == GOLDEN
    assert (await deployment(client, "endpoint-remedy/remedy")).global_concurrency_limit.limit == 3  # type: ignore[union-attr]
    assert (await deployment(client, "endpoint-teardown/teardown")).paused
    assert [one.active for one in (await deployment(client, RECOVER)).schedules] == [False]
    there = await automations(client)
    assert (there[RECOVERS].enabled, DIAGNOSES in there) == (False, False)


async def test_earlier_defaults_are_not_taken_for_the_teams(client: PrefectClient) -> None:
    """Applied by a version that kept no record: the team's changes stay, the samples of this project go."""
    async with client:
        await apply(team())
        await client.delete_variable_by_name(NAME)
        samples = {"golden_files": ["deployments/samples/sample-request.json"]}
        await edit(client, REDEPLOY, parameters={"requests": samples})
        await edit(client, RECOVER, parameters={"requests": samples, "endpoint": "churn"})
        lines = await apply(team())
        assert kept(lines) == [f"{RECOVER}: parameter endpoint"]
        assert "requests" not in (await deployment(client, REDEPLOY)).parameters
        assert (await deployment(client, RECOVER)).parameters["endpoint"] == "churn"


async def test_a_quick_run_creates_no_sample(client: PrefectClient) -> None:
    """The lifecycle of a team's Azure has no endpoint of ours: without one of the team's, the run is refused."""
    async with client:
        await apply(team())
        found = await deployment(client, "endpoint-lifecycle/lifecycle")
        with pytest.raises(PrefectHTTPStatusError, match="'endpoint' is a required property"):
            await client.create_flow_run_from_deployment(found.id)


async def test_nothing_is_written_for_a_name_that_does_not_exist(client: PrefectClient) -> None:
    """The refusal lists the names."""
    async with client:
        with pytest.raises(SettingsError, match=r"nothing is called nightmare.*scoring-diagnostics/diagnostics"):
            await apply(team(), reset=["nightmare"])
        assert [
            one for one in DEPLOYMENTS if one in {str(found.name) for found in await client.read_deployments()}
        ] == []
        await apply(team())


async def test_a_run_can_not_name_a_command(client: PrefectClient) -> None:
    """Prefect refuses the run, and the schedule that is off leaves no time to wait for."""
    async with client:
        await apply(team())
        found = await deployment(client, DIAGNOSTICS)
        for variables in ({"command": "touch /tmp/x"}, {"env": {"PYTHONPATH": "/tmp"}}, {"working_dir": "/tmp"}):
            with pytest.raises(PrefectHTTPStatusError, match="Additional properties"):
                await client.create_flow_run_from_deployment(found.id, job_variables=variables)
        await edit_schedule(client, DIAGNOSTICS, "nightly", active=False)
        assert await next_run() == f"next run    none: {DIAGNOSTICS} has no active schedule"
