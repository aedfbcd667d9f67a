"""Events of Azure Event Grid, read as plain values."""

from __future__ import annotations

import contextlib
import json
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.events.samples import PROVIDER, WORKSPACE, cloud_event, grid_event

from tasks.domain.azure.model import ModelVersion, NewestVersion, is_newer
from tasks.domain.common.arm_id import WorkspaceId
from tasks.domain.events.event_grid import MalformedEventError, property_of, read_documents, read_event
from tasks.domain.events.event_types import meaning
from tasks.domain.events.prefect_event import PrefectEvent

BREACH = "signal x has failed due to one or more features violating metric thresholds"
KEY = WORKSPACE.lower()


def said(kind: str, data: dict[str, Any], **changes: Any) -> ModelVersion | PrefectEvent:
    found = meaning(read_event(grid_event(kind, data=data, **changes)))
    assert found
    return found


@pytest.mark.parametrize("event", [grid_event(), cloud_event()], ids=["event grid", "cloud event"])
def test_both_schemas_are_one_event(event: dict[str, Any]) -> None:
    """Topic, subject, kind, id and time are the same; Azure's seven digits of a second are read."""
    read = read_event(event)
    assert (read.topic, read.id, read.kind) == (WORKSPACE, "a-1", f"{PROVIDER}ModelRegistered")
    assert read.time == datetime(2026, 3, 4, 5, 6, 7, 890123, UTC)


@pytest.mark.parametrize("spelled", ["ModelName", "modelName", "model_name", "MODELNAME"])
def test_properties_are_found_however_they_are_spelled(spelled: str) -> None:
    """Azure's table and its samples differ."""
    assert property_of({"x": 1, spelled: "churn"}, "modelName") == "churn"


@pytest.mark.parametrize(
    ("data", "model", "version"),
    [
        ({"ModelName": "churn", "ModelVersion": 7}, "churn", "7"),
        ({"modelName": "churn", "modelVersion": "2026-01"}, "churn", "2026-01"),
        ({}, "from-subject", "3"),
    ],
)
def test_a_registered_version(data: dict[str, Any], model: str, version: str) -> None:
    """Its version is text, whatever it was; the subject says what the data lacks."""
    found = said("ModelRegistered", data, subject="models/from-subject:3")
    assert isinstance(found, ModelVersion)
    assert (found.model, found.version, found.event_id) == (model, version, "a-1")


@pytest.mark.parametrize(
    ("kind", "data", "name", "resource"),
    [
        (
            "ModelDeployed",
            {"ServiceName": "s", "ModelIds": "m:1,n:2"},
            "azureml.model.deployed",
            f"model{KEY}/models/m",
        ),
        ("ModelDeployed", {"serviceName": "S"}, "azureml.model.deployed", f"endpoint{KEY}/onlineendpoints/s"),
        ("RunCompleted", {"runId": "R"}, "azureml.run.completed", f"run{KEY}/experiments//runs/r"),
        ("RunStatusChanged", {"RunId": "r"}, "azureml.run.status_changed", f"run{KEY}/experiments//runs/r"),
        (
            "RunStatusChanged",
            {"runId": "r", "runTags": {"azureml_modelmonitor_threshold_breached": BREACH}},
            "azureml.drift.detected",
            f"run{KEY}/experiments//runs/r",
        ),
        (
            "RunStatusChanged",
            {"runId": "r", "RunTags": {"azureml_modelmonitor_threshold_breached": "all is well"}},
            "azureml.run.status_changed",
            f"run{KEY}/experiments//runs/r",
        ),
        ("DatasetDriftDetected", {"dataDriftName": "D"}, "azureml.drift.detected", f"drift{KEY}/drifts/d"),
    ],
)
def test_each_kind(kind: str, data: dict[str, Any], name: str, resource: str) -> None:
    """Its Prefect name, and the resource that it is about."""
    found = said(kind, data)
    assert isinstance(found, PrefectEvent)
    assert (found.name, found.resource["prefect.resource.id"]) == (name, f"azureml.{resource}")
    assert found.payload["workspace"] == "ml-events"


def test_an_id_counts_within_its_topic() -> None:
    """The same event in another spelling of the topic is the same; in another workspace it is another."""
    data = {"RunId": "r"}
    same = {said("RunCompleted", data, topic=one).model_dump()["id"] for one in (WORKSPACE, WORKSPACE.lower())}
    other = said("RunCompleted", data, topic=WORKSPACE.replace("ml-events", "ml-other"))
    assert len(same) == 1
    assert isinstance(other, PrefectEvent)
    assert other.id not in same


def test_secrets_in_tags_are_not_passed_on() -> None:
    """A signature that somebody put into a tag or property stays behind."""
    data = {"ModelName": "m", "ModelVersion": 1, "ModelTags": {"from": "https://x.blob/y?sv=1&sig=abcdef123456"}}
    assert "abcdef123456" not in said("ModelRegistered", data).model_dump_json()


@pytest.mark.parametrize(
    ("one", "other", "newer"),
    [
        (("10", None), ("9", None), True),
        (("9", None), ("10", None), False),
        (("9", None), ("9", None), False),
        (("b", 2), ("a", 1), True),
        (("b", 1), ("a", 2), False),
        (("b", None), ("a", 2), True),
        (("a", None), ("a", 2), False),
    ],
)
def test_which_version_is_newer(one: tuple[str, int | None], other: tuple[str, int | None], newer: bool) -> None:
    """By number where both are numbers, by time otherwise; without either, another one is newer."""
    first, second = (
        NewestVersion(version=version, time=datetime.fromtimestamp(seconds, UTC) if seconds else None)
        for version, seconds in (one, other)
    )
    assert is_newer(first, second) is newer
    assert is_newer(first, None)


@pytest.mark.parametrize(
    ("text", "name"),
    [(WORKSPACE, "ml-events"), (WORKSPACE.upper() + "/", "ML-EVENTS"), (WORKSPACE + "/x", None), ("", None)],
)
def test_a_workspaces_id_is_taken_apart(text: str, name: str | None) -> None:
    """Whatever its case; something below or above a workspace is none."""
    found = WorkspaceId.parse(text)
    assert (found.workspace if found else None) == name


@given(st.binary(max_size=200) | st.text(max_size=200).map(str.encode))
def test_any_bytes_are_read_or_refused(body: bytes) -> None:
    """By one kind of error; what is read can be written again."""
    with contextlib.suppress(MalformedEventError):
        assert json.dumps(read_documents(body), ensure_ascii=False).encode()
