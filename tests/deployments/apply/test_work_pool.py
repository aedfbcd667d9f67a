"""The base job templates of the work pools, against Prefect's own description of each type of worker."""

from __future__ import annotations

import json
import uuid
from pathlib import Path
from typing import Any

import prefect.server.api
import pytest
from prefect.client.schemas.objects import FlowRun
from prefect.server.schemas.actions import WorkPoolCreate
from prefect.settings import PREFECT_API_URL, PREFECT_CLIENT_SERVER_VERSION_CHECK_ENABLED, temporary_settings
from prefect.utilities.schema_tools import is_valid_schema, validate
from prefect.utilities.templating import find_placeholders
from prefect.workers.base import BaseJobConfiguration
from prefect.workers.process import ProcessWorker
from prefect_azure.workers.container_instance import AzureContainerWorker
from prefect_kubernetes.worker import KubernetesWorker
from pydantic import ValidationError
from support.paths import ROOT

from deployments.apply.record import Record
from deployments.apply.settings import Settings
from deployments.apply.work_pool import IMAGE, base_job_template, merged_template

FOLDER = ROOT / "deployments" / "work_pools"
METADATA = Path(prefect.server.api.__file__).parent / "collections_data" / "views" / "aggregate-worker-metadata.json"
TYPES = {
    "azure_container_instances": ("prefect-azure", "azure-container-instance"),
    "kubernetes": ("prefect-kubernetes", "kubernetes"),
    "process": ("prefect", "process"),
}
# What only the project's own parts of a template use: the region of a group, where a pod may run.
OURS = {"azure_container_instances": {"location"}, "kubernetes": {"node_selector", "tolerations"}, "process": set()}
FILLED_IN = {
    "subscription_id": "00000000-0000-0000-0000-000000000001",
    "resource_group_name": "rg-flows",
    "location": "westeurope",
    "subnet_ids": [
        "/subscriptions/s/resourceGroups/rg/providers/Microsoft.Network/virtualNetworks/callers/subnets/flows"
    ],
    "identities": [
        "/subscriptions/s/resourceGroups/rg/providers/Microsoft.ManagedIdentity/userAssignedIdentities/flows"
    ],
}
EVIL: dict[str, Any] = {
    "command": "touch /tmp/evil",
    "entrypoint": "/tmp/evil",
    "image": "evil.example.com/evil",
    "working_dir": "/tmp/evil",
    "volumes": [{"name": "evil", "hostPath": {"path": "/"}}],
    "job_manifest": {"kind": "evil"},
    "cluster_config": {"config": {"evil": True}, "context_name": "evil"},
}
EVIL_ENV = {"env": {"PYTHONPATH": "/tmp/evil", "LD_PRELOAD": "/tmp/evil.so"}}
WORKERS: dict[str, type[BaseJobConfiguration]] = {
    "azure_container_instances": AzureContainerWorker.job_configuration,
    "kubernetes": KubernetesWorker.job_configuration,
    "process": ProcessWorker.job_configuration,
}
SETTINGS: dict[str, Any] = {
    "subscription_id": "00000000-0000-0000-0000-000000000000",
    "resource_group": "rg",
    "workspace": "ml-west",
    "location": "westeurope",
    "notify": "none",
    "time_zone": "UTC",
}


async def job(name: str, values: dict[str, Any]) -> str:
    """What a worker of this type would start, as JSON, with these job variables of a run."""
    nobody = {PREFECT_API_URL: "http://127.0.0.1:9/api", PREFECT_CLIENT_SERVER_VERSION_CHECK_ENABLED: False}
    with temporary_settings(nobody):  # no block is named, so nothing is asked of the API
        made = await WORKERS[name].from_template_and_values(template(name), values)
        made.prepare_for_flow_run(FlowRun(id=uuid.UUID(int=1), name="lifecycle", flow_id=uuid.UUID(int=2)))
    return made.model_dump_json()


@pytest.mark.parametrize("name", TYPES)
async def test_a_run_can_not_replace_what_it_runs(name: str) -> None:
    """Command, image, mounts, folder: whatever a run's job variables say, the job is the same, and starts the flow."""
    plain = {key: FILLED_IN[key] for key in template(name)["variables"].get("required", [])}
    started = await job(name, {**plain, **EVIL})
    assert "evil" not in started
    assert started == await job(name, plain)
    assert "flow-run" in started or "prefect.flow_engine" in started


@pytest.mark.parametrize("name", TYPES)
def test_the_form_of_a_run_refuses_them(name: str) -> None:
    """Prefect checks a run's job variables against the schema, which has neither them nor the environment."""
    for key, value in (EVIL | EVIL_ENV).items():
        errors = validate({key: value}, template(name)["variables"], raise_on_error=False, ignore_required=True)
        assert errors, key


@pytest.mark.parametrize("name", sorted(TYPES.keys() - {"process"}))
def test_containers_run_the_teams_image(name: str) -> None:
    """It is a setting, written into the template, and required of pools that start containers."""
    kind = TYPES[name][1]
    written = json.dumps(
        base_job_template(Settings(**SETTINGS, work_pool_type=kind, image="registry.example.com/ops:1"))
    )
    assert "registry.example.com/ops:1" in written
    assert IMAGE in json.dumps(template(name))
    assert IMAGE not in written
    with pytest.raises(ValidationError, match="ENDPOINT_OPS_IMAGE"):
        Settings(**SETTINGS, work_pool_type=kind)


def test_a_pool_of_an_earlier_version_gets_the_new_structure_and_keeps_its_defaults() -> None:
    """Nothing is recorded of it: its variable for a command goes, what a person filled in stays and is named."""
    record, present = Record(), prefects("process")
    present["variables"]["properties"]["stream_output"]["default"] = True
    merged = merged_template(record, "inside", present, template("process"))
    assert merged["job_configuration"] == template("process")["job_configuration"]
    assert "command" not in merged["variables"]["properties"]
    assert merged["variables"]["properties"]["stream_output"]["default"] is True
    assert record.kept == {"inside": {"stream_output": True}}


def test_a_template_that_a_person_rewrote_is_kept_and_named() -> None:
    """Once it is recorded: apply says so each time, and --reset brings the project's back."""
    first = Record()
    merged_template(first, "inside", template("process"), template("process"))
    own = prefects("process")
    again = Record(last=first.now)
    assert merged_template(again, "inside", own, template("process"))["job_configuration"] == own["job_configuration"]
    assert "structure" in again.kept["inside"]
    reset = Record(last=first.now, reset=["inside"])
    assert merged_template(reset, "inside", own, template("process")) == template("process")
    assert reset.kept == {}


def template(name: str) -> dict[str, Any]:
    """One of the project's templates."""
    found: dict[str, Any] = json.loads((FOLDER / f"{name}.json").read_text())
    return found


def prefects(name: str) -> dict[str, Any]:
    """Prefect's own template of the same type of worker."""
    package, kind = TYPES[name]
    found: dict[str, Any] = json.loads(METADATA.read_text())[package][kind]["default_base_job_configuration"]
    return found


def test_every_template_is_tested() -> None:
    """Each file of the folder is one of the types below."""
    assert {file.stem for file in FOLDER.glob("*.json")} == set(TYPES)


@pytest.mark.parametrize("name", TYPES)
def test_the_server_takes_it(name: str) -> None:
    """A work pool of its type can be made from it, which refuses a variable that is used and not declared."""
    made = WorkPoolCreate(name="endpoints", type=TYPES[name][1], base_job_template=template(name))
    assert is_valid_schema(made.base_job_template["variables"]) is None


@pytest.mark.parametrize("name", TYPES)
def test_the_worker_knows_what_it_is_told(name: str) -> None:
    """Its job configuration and its variables are those of the worker's type, but for the few of the project's own."""
    ours, theirs = template(name), prefects(name)
    assert ours["job_configuration"].keys() <= theirs["job_configuration"].keys()
    variables, known = ours["variables"]["properties"], theirs["variables"]["properties"]
    assert variables.keys() - known.keys() == OURS[name]
    kinds = {one: (variables[one].get("type"), known[one].get("type")) for one in variables.keys() & known.keys()}
    assert {one: kind for one, kind in kinds.items() if kind[0] != kind[1]} == {}


@pytest.mark.parametrize("name", TYPES)
def test_the_form_says_what_each_field_is(name: str) -> None:
    """Every variable has a title and a description, is used, and either has a default or may be left out."""
    document = template(name)
    variables = document["variables"]["properties"]
    used = {one.name for one in find_placeholders(json.dumps(document["job_configuration"]))}
    assert used == variables.keys()
    assert [one for one, field in variables.items() if not (field.get("title") and field.get("description"))] == []


@pytest.mark.parametrize("name", TYPES)
def test_the_defaults_are_valid(name: str) -> None:
    """With what is required filled in, the defaults keep to the form's own schema."""
    schema = template(name)["variables"]
    defaults = {one: field["default"] for one, field in schema["properties"].items() if "default" in field}
    required = {one: FILLED_IN[one] for one in schema.get("required", [])}
    validate(defaults | required, schema, raise_on_error=True)


def test_the_form_refuses_a_subnet_by_name() -> None:
    """A subnet is asked for by its ARM ID, and nothing else is taken."""
    schema = template("azure_container_instances")["variables"]
    assert validate(FILLED_IN, schema, raise_on_error=False) == []
    assert validate(FILLED_IN | {"subnet_ids": ["flows"]}, schema, raise_on_error=False) != []
