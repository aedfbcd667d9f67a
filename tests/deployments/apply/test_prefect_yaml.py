"""prefect.yaml: deployed as it is by Prefect's own command, and with a team's settings by `make apply`."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from prefect.client.orchestration import get_client
from prefect.client.schemas.actions import WorkPoolCreate
from prefect.client.schemas.responses import DeploymentResponse
from prefect.utilities.schema_tools import validate
from support.prefect.server import RunningPrefect

from deployments.apply.apply import DEPLOYMENTS
from deployments.apply.forms import form_of
from deployments.apply.prefect_yaml import FILE, with_settings
from deployments.apply.settings import Settings
from deployments.local.sample_parameters import PARAMETERS
from deployments.paths import ROOT

POOL = "endpoint-ops"
SUBNET = "/subscriptions/s/resourceGroups/network/providers/Microsoft.Network/virtualNetworks/callers/subnets/default"
SCHEDULES = {"nightly": True, "queue": False, "lost-events": False, "left-rollouts": True}


@pytest.fixture(scope="module")
def pool(prefect_server: RunningPrefect) -> Iterator[RunningPrefect]:
    """A server with the work pool that prefect.yaml names; what was deployed is gone afterwards."""
    with get_client(sync_client=True) as client:
        client.create_work_pool(WorkPoolCreate(name=POOL, type="process"))
        yield prefect_server
        for one in client.read_deployments():
            client.delete_deployment(one.id)
        client.request("DELETE", "/work_pools/{name}", path_params={"name": POOL})


def deployed(server: RunningPrefect, *options: str, folder: Path) -> dict[str, DeploymentResponse]:
    """What the server has after `prefect deploy --all` in a folder, by flow and deployment."""
    command = [sys.executable, "-m", "prefect", "--no-prompt", "deploy", "--all", *options]
    done = subprocess.run(
        command, cwd=folder, env=os.environ | server.variables, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    with get_client(sync_client=True) as client:
        return {name: client.read_deployment_by_name(name) for name in DEPLOYMENTS}


@pytest.mark.parametrize(
    ("folder", "options"),
    [(ROOT, ("--prefect-file", str(FILE.relative_to(ROOT)))), (FILE.parent, ())],
    ids=["from the project's folder", "beside the file"],
)
def test_prefect_deploys_all_of_it(pool: RunningPrefect, folder: Path, options: tuple[str, ...]) -> None:
    """Without a setting: every deployment of the list, in the default pool, on the default block, with schedules."""
    found = deployed(pool, *options, folder=folder)
    assert {one.work_pool_name for one in found.values()} == {POOL}
    targets = [one.parameters["target"] for one in found.values()]
    assert all(one == {"$ref": {"block_document_slug": "azure-ml-workspace/main"}} for one in targets)
    assert {each.slug: each.active for one in found.values() for each in one.schedules} == SCHEDULES


def test_settings_take_the_place_of_the_defaults() -> None:
    """All that a team may decide arrives in the deployments that it is about."""
    settings = Settings(
        subscription_id="00000000-0000-0000-0000-000000000000",
        resource_group="rg",
        workspace="ml-west",
        location="westeurope",
        notify="none",
        block="team",
        work_pool="inside",
        nightly_cron="30 1 * * *",
        time_zone="Europe/Stockholm",
        queue_account="events",
        queue="arrivals",
        redeploy_on_model=True,
        subnet=SUBNET,
        create_zones_in="network",
    )
    found = {one["name"]: one for one in with_settings(settings)["deployments"]}
    assert {one["work_pool"]["name"] for one in found.values()} == {"inside"}
    assert {one["parameters"]["target"]["$ref"]["block_document_slug"] for one in found.values()} == {
        "azure-ml-workspace/team"
    }
    assert found["diagnostics"]["schedules"] == [
        {"cron": "30 1 * * *", "timezone": "Europe/Stockholm", "slug": "nightly"}
    ]
    private_access = {"subnet": SUBNET, "create_zones_in": "network"}
    assert found["lifecycle"]["parameters"]["private_access"] == private_access
    assert found["private-access"]["parameters"]["spec"] == private_access
    intake = found["intake"]
    assert [intake["parameters"][name] for name in ("storage_account", "queue", "routes")] == [
        "events",
        "arrivals",
        "team",
    ]
    assert [one["active"] for one in intake["schedules"]] == [True, True]


def test_no_sample_of_this_project_is_a_default() -> None:
    """Which endpoint is made, and what endpoints are scored with, a team says; only the local stack knows samples."""
    assert "samples" not in FILE.read_text()
    defaults = {name: one.get("parameters", {}) for name, one in document().items()}
    assert defaults["lifecycle"].keys() == {"target", "workspace"}
    assert defaults["redeploy"].keys() == {"target", "strategy"}
    assert defaults["recover"].keys() == {"target"}


def document() -> dict[str, dict[str, Any]]:
    """The deployments of prefect.yaml, by name."""
    return {one["name"]: one for one in yaml.safe_load(FILE.read_text())["deployments"]}


def test_apply_writes_what_prefect_deploy_writes() -> None:
    """Every field of a deployment in prefect.yaml is one that apply reads: a new one would be missed in silence."""
    read = {"name", "entrypoint", "description", "tags", "work_pool", "concurrency_limit", "parameters", "schedules"}
    assert {field for one in document().values() for field in one} == read


def test_the_local_stack_adds_its_samples() -> None:
    """As default parameters of the flows that have them, valid in their forms; the files are there."""
    assert set(PARAMETERS) <= set(DEPLOYMENTS)
    for name, samples in PARAMETERS.items():
        form = form_of(document()[name.rpartition("/")[2]]["entrypoint"])
        assert validate(samples, form, raise_on_error=False, ignore_required=True) == []
        for file in re.findall(r"deployments/samples/[\w.-]+", json.dumps(samples)):
            assert (ROOT / file).exists()
