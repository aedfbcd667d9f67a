"""Translate Azure's events: five kinds, in either spelling of their properties."""

from __future__ import annotations

import json
import uuid
from collections.abc import Callable, Mapping
from typing import Any, Final

from tasks.domain.azure.model import ASSET_NAME, ModelVersion
from tasks.domain.common.arm_id import WorkspaceId
from tasks.domain.common.redaction import redact, redact_texts
from tasks.domain.events.event_grid import PROVIDER, AzureEvent, MalformedEventError, property_of
from tasks.domain.events.prefect_event import (
    Labels,
    PrefectEvent,
    model_resource,
    place_of,
    resource_of,
    workspace_resource,
    written,
)

MAX_TAGS, MAX_TAG_CHARS = 100, 1024
MAX_NAME_CHARS: Final = 256  # part of a resource's id, and PostgreSQL can't index longer ones
MAX_MODELS: Final = 50  # a Prefect event has a maximum of 100 related resources
_BREACHED: Final = "azureml_modelmonitor_threshold_breached"
_BREACH: Final = "due to one or more features violating metric thresholds"
_HINT: Final = "Azure's schema: learn.microsoft.com/azure/event-grid/event-schema-machine-learning"


def meaning(event: AzureEvent) -> ModelVersion | PrefectEvent | None:
    """Return the meaning of an event, or None for a kind that is not handled.

    A registered model version is not a Prefect event yet: the admission rules have to judge it first.

    Raises:
        MalformedEventError: When it lacks a field that its kind requires.
    """
    workspace = WorkspaceId.parse(event.topic)
    read = _READERS.get(event.kind)
    return read(event, workspace) if workspace and read else None


def _registered(event: AzureEvent, workspace: WorkspaceId) -> ModelVersion:
    named, _, numbered = event.subject.removeprefix("models/").partition(":")
    return ModelVersion(
        workspace=workspace,
        model=_asset(property_of(event.data, "modelName") or named, "ModelName"),
        version=_asset(property_of(event.data, "modelVersion") or numbered, "ModelVersion"),
        tags=_texts(property_of(event.data, "modelTags")),
        properties=_texts(property_of(event.data, "modelProperties")),
        time=event.time,
        event_id=event.id,
    )


def _deployed(event: AzureEvent, workspace: WorkspaceId) -> PrefectEvent:
    service = _asset(property_of(event.data, "serviceName") or event.subject.removeprefix("endpoints/"), "ServiceName")
    ids = _text(property_of(event.data, "modelIds"), MAX_TAG_CHARS * MAX_TAGS)
    pairs = [one.strip().partition(":") for one in ids.split(",") if one.strip()][:MAX_MODELS]
    models = [{"model": _asset(name, "ModelIds"), "version": version} for name, _, version in pairs]
    endpoint = resource_of("endpoint", workspace, f"onlineendpoints/{service}", service) | {"azureml.endpoint": service}
    resources = [model_resource(workspace, name) for name in dict.fromkeys(one["model"] for one in models)]
    resource = resources[0] if resources else endpoint
    related = [one | {"prefect.resource.role": "azureml-model"} for one in resources[1:]]
    related += [endpoint | {"prefect.resource.role": "azureml-endpoint"}] if resources else []
    payload = {
        "endpoint": service,
        "compute_type": _text(property_of(event.data, "serviceComputeType")),
        "models": models,
        "tags": _texts(property_of(event.data, "serviceTags")),
        "properties": _texts(property_of(event.data, "serviceProperties")),
    }
    return _prefect_event("azureml.model.deployed", (event, workspace), resource, payload, *related)


def _run(event: AzureEvent, workspace: WorkspaceId) -> PrefectEvent:
    run = _name(property_of(event.data, "runId") or event.subject.rpartition("/runs/")[2], "RunId")
    if not run:
        raise MalformedEventError("RunId is missing", _HINT)
    experiment = _name(property_of(event.data, "experimentName"), "ExperimentName")
    tags = _texts(property_of(event.data, "runTags"))
    breach = next((value for name, value in tags.items() if name.lower() == _BREACHED), "")
    drifted = event.kind == f"{PROVIDER}RunStatusChanged" and _BREACH in breach.lower()
    done = "azureml.run.completed" if event.kind == f"{PROVIDER}RunCompleted" else "azureml.run.status_changed"
    payload = {
        "run": run,
        "experiment": experiment,
        "run_type": _text(property_of(event.data, "runType")),
        "status": _text(property_of(event.data, "runStatus")) or ("Completed" if done.endswith("completed") else ""),
        "tags": tags,
        "properties": _texts(property_of(event.data, "runProperties")),
        "reason": breach,
    }
    resource = resource_of("run", workspace, f"experiments/{experiment}/runs/{run}", run)
    return _prefect_event("azureml.drift.detected" if drifted else done, (event, workspace), resource, payload)


def _drift(event: AzureEvent, workspace: WorkspaceId) -> PrefectEvent:
    name = _name(property_of(event.data, "dataDriftName") or property_of(event.data, "dataDriftId"), "DataDriftName")
    if not name:
        raise MalformedEventError("DataDriftName is missing", _HINT)
    kept = ("dataDriftId", "runId", "baseDatasetId", "targetDatasetId", "driftCoefficient", "startTime", "endTime")
    values = {one: _text(property_of(event.data, one)) for one in kept}
    payload = {"monitor": name, "run": values["runId"], "coefficient": values["driftCoefficient"]}
    payload |= {"drift_id": values["dataDriftId"], "base": values["baseDatasetId"], "target": values["targetDatasetId"]}
    payload |= {"start": values["startTime"], "end": values["endTime"]}
    payload["reason"] = f"Drift of {name}: coefficient {values['driftCoefficient'] or 'unknown'}"
    resource = resource_of("drift", workspace, f"drifts/{name}", name)
    return _prefect_event("azureml.drift.detected", (event, workspace), resource, payload)


_READERS: Final[Mapping[str, Callable[[AzureEvent, WorkspaceId], ModelVersion | PrefectEvent]]] = {
    f"{PROVIDER}ModelRegistered": _registered,
    f"{PROVIDER}ModelDeployed": _deployed,
    f"{PROVIDER}RunCompleted": _run,
    f"{PROVIDER}RunStatusChanged": _run,
    f"{PROVIDER}DatasetDriftDetected": _drift,
}


def _prefect_event(
    name: str, source: tuple[AzureEvent, WorkspaceId], resource: Labels, payload: Mapping[str, Any], *related: Labels
) -> PrefectEvent:
    event, workspace = source
    origin = {"event_id": event.id, "time": written(event.time)}
    return PrefectEvent(
        name=name,
        id=uuid.uuid5(uuid.NAMESPACE_URL, f"{workspace.key}?{event.id}"),
        resource=resource,
        related=(workspace_resource(workspace), *related),
        payload={**place_of(workspace), **payload, **origin},
    )


def _asset(value: object, name: str) -> str:
    text = _text(value)
    if not ASSET_NAME.fullmatch(text):
        raise MalformedEventError(f"{name} is missing, or not a valid name in Azure Machine Learning", _HINT)
    return text


def _name(value: object, what: str) -> str:
    text = _text(value)
    if len(text) > MAX_NAME_CHARS:
        raise MalformedEventError(f"{what} is longer than {MAX_NAME_CHARS} characters", _HINT)
    return text


def _text(value: object, longest: int = MAX_TAG_CHARS) -> str:
    """Return a value as text, without secrets; Azure sends the same value as a number or as text."""
    if value is None:
        return ""
    return redact(value if isinstance(value, str) else json.dumps(value, ensure_ascii=False))[:longest]


def _texts(value: object) -> dict[str, str]:
    if not isinstance(value, dict):
        return {}
    return redact_texts({_text(name): _text(one) for name, one in list(value.items())[:MAX_TAGS]})
