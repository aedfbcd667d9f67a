"""The deployments: written whole, in one request each, with what a person changed."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, Final

from prefect.client.orchestration import PrefectClient
from prefect.client.schemas.responses import DeploymentResponse
from prefect.exceptions import ObjectNotFound, PrefectHTTPStatusError

from deployments.apply.form_defaults import without_defaults
from deployments.apply.forms import by_id, form_of
from deployments.apply.record import Record
from deployments.validation import SettingsError

PARAMETER: Final = "parameter "
JOB_VARIABLE: Final = "job variable "
LIMIT: Final = "concurrency limit"
PAUSED: Final = "paused"
SAMPLES: Final = "deployments/samples/"

Document = Mapping[str, Any]


async def write_deployment(
    client: PrefectClient, record: Record, name: str, document: Document, job_variables: set[str]
) -> None:
    """Create a deployment, or update it as `prefect deploy` does; its schedules stay as they are.

    Args:
        client: The server.
        record: What was applied last.
        name: FLOW/DEPLOYMENT.
        document: The deployment in prefect.yaml.
        job_variables: Those that the work pool takes: others of a person would be refused.

    Raises:
        SettingsError: The server refuses it, as when a person's parameter is no longer valid.
    """
    form = form_of(document["entrypoint"])
    present = await _present(client, name)
    now = await _fields_now(client, present, job_variables) if present else None
    if now is not None and not record.last:
        now = {field: value for field, value in now.items() if not _is_sample(value)}
    fields = record.merge(name, now, await _fields(client, document, form)).values
    try:
        await _write(client, name, present, _body(document, form, fields))
    except PrefectHTTPStatusError as error:
        if error.response.status_code not in {409, 422}:
            raise
        raise SettingsError(
            f"the server refused the deployment {name}: {_detail(error)}. Correct it in the Prefect UI, or bring its "
            f"defaults back: endpoint-ops apply --reset {name}"
        ) from error


async def _present(client: PrefectClient, name: str) -> DeploymentResponse | None:
    try:
        return await client.read_deployment_by_name(name)
    except ObjectNotFound:
        return None


async def _write(client: PrefectClient, name: str, present: DeploymentResponse | None, body: dict[str, Any]) -> None:
    if present is not None:
        if present.work_pool_name == body["work_pool_name"]:
            del body["work_pool_name"]  # it would take the deployment out of a queue that a person chose
        await client.request("PATCH", "/deployments/{id}", path_params={"id": present.id}, json=body)
        return
    flow, _, short = name.partition("/")
    flow_id = await client.create_flow_from_name(flow)
    await client.request("POST", "/deployments/", json={**body, "flow_id": str(flow_id), "name": short})


def _body(document: Document, form: Document, fields: Document) -> dict[str, Any]:
    """Return the deployment as the server takes it. Nothing is pulled: workers run where the project is installed."""
    limit = fields.get(LIMIT) or {}
    strategy = {name: one for name, one in limit.items() if name == "collision_strategy"}
    return {
        "description": document["description"],
        "tags": document["tags"],
        "entrypoint": document["entrypoint"],
        "path": None,
        "pull_steps": [],
        "work_pool_name": document["work_pool"]["name"],
        "parameters": _part(fields, PARAMETER),
        "parameter_openapi_schema": form,
        "enforce_parameter_schema": True,
        "concurrency_limit": limit.get("limit"),
        "concurrency_options": strategy or None,
        "paused": fields.get(PAUSED, False),
        "job_variables": _part(fields, JOB_VARIABLE),
    }


async def _fields(client: PrefectClient, document: Document, form: Document) -> dict[str, Any]:
    """Return the fields as the project wants them."""
    parameters = await by_id(client, document.get("parameters", {}))
    shown = without_defaults(parameters, form)
    return {**_named(PARAMETER, shown), LIMIT: document.get("concurrency_limit"), PAUSED: False}


async def _fields_now(client: PrefectClient, present: DeploymentResponse, job_variables: set[str]) -> dict[str, Any]:
    """Return the fields on the server."""
    parameters = await by_id(client, present.parameters)
    shown = without_defaults(parameters, present.parameter_openapi_schema or {})
    allowed = {name: one for name, one in (present.job_variables or {}).items() if name in job_variables}
    return {**_named(PARAMETER, shown), **_named(JOB_VARIABLE, allowed), LIMIT: _limit(present), PAUSED: present.paused}


def _limit(present: DeploymentResponse) -> dict[str, Any] | None:
    limit, options = present.global_concurrency_limit, present.concurrency_options
    if limit is None:
        return None
    strategy = {"collision_strategy": options.collision_strategy.value} if options else {}
    return {"limit": limit.limit, **strategy}


def _is_sample(value: Any) -> bool:
    """Return whether a value names the project's samples, which earlier versions applied everywhere."""
    return SAMPLES in json.dumps(value)


def _detail(error: PrefectHTTPStatusError) -> str:
    try:
        return str(error.response.json().get("detail"))
    except ValueError:
        return f"HTTP {error.response.status_code}"


def _named(prefix: str, values: Document) -> dict[str, Any]:
    return {prefix + name: value for name, value in values.items()}


def _part(fields: Document, prefix: str) -> dict[str, Any]:
    return {name.removeprefix(prefix): value for name, value in fields.items() if name.startswith(prefix)}
