"""Seeding: the shapes that a document asks for, and what is made of them."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import pytest

from deployments.emulator.app import Application
from deployments.emulator.core import Options
from deployments.emulator.errors import ArmError
from deployments.emulator.scenarios.staging import Staging
from deployments.emulator.seeding import seed, shapes_in
from deployments.emulator.services.machine_learning.online_endpoints import endpoint_names


@pytest.mark.parametrize(
    ("document", "expected"),
    [
        ({}, [("ml-000", ["ml-000-e"], 0)]),
        ({"workspaces": 2, "endpoints": 3, "name": "x"}, [("x-000", ["x-000-e"], 2), ("x-001", ["x-001-e"], 2)]),
        ({"endpoints": 0}, [("ml-000", [], 0)]),
        ({"workspaces": [{"name": "w", "endpoints": [{"name": "a"}, {"name": "b"}]}]}, [("w", ["a", "b"], 0)]),
    ],
)
def test_shapes_in(document: dict[str, Any], expected: list[tuple[str, list[str], int]]) -> None:
    """Numbers make workspaces that are alike, a list makes each as it says."""
    found = shapes_in(document)
    assert [(one.name, [e.name for e in one.endpoints], one.copies) for one in found] == expected


def test_common_fields_go_where_they_belong() -> None:
    """The auth mode is the endpoints', the registry the workspaces'; public access the workspaces'."""
    (shape,) = shapes_in({"auth_mode": "Key", "registry": "Premium", "public_network_access": "Enabled"})
    assert (shape.registry, shape.public_network_access) == ("Premium", "Enabled")
    assert (shape.endpoints[0].auth_mode, shape.endpoints[0].public_network_access) == ("Key", "Disabled")


@pytest.mark.parametrize(
    ("document", "words"),
    [({"regstry": "Premium"}, "unknown field regstry"), ({"workspaces": [{"group": "g"}]}, "name")],
)
def test_what_is_no_shape_is_refused(document: dict[str, Any], words: str) -> None:
    """With the field's name."""
    with pytest.raises(ValueError, match=words):
        shapes_in(document)


async def test_a_thousand_endpoints_take_a_few_seconds(tmp_path: Path) -> None:
    """Copies have names, keys, traffic and online deployments of their own ids, and seeding again changes nothing."""
    app = Application(Options(tmp_path, scoring_backend="static"))
    emulator = app.emulator
    document = {"workspaces": 2, "endpoints": 500, "auth_mode": "Key"}
    began = time.monotonic()
    made = await seed(emulator, shapes_in(document))
    assert time.monotonic() - began < 20
    assert [len(one["endpoints"]) for one in made] == [500, 500]
    last = endpoint_names.by_name(emulator, "westeurope", "ml-001-e-0499")
    assert last
    assert last.id.endswith("/workspaces/ml-001/onlineEndpoints/ml-001-e-0499")
    assert last.body["name"] == "ml-001-e-0499"
    assert last.properties["scoringUri"] == "https://ml-001-e-0499.westeurope.inference.ml.azure.com/score"
    assert last.properties["properties"]["azureml.onlineendpointid"] == last.id.lower()
    assert last.private["primaryKey"]
    (blue,) = emulator.resources.members(f"{last.id}/deployments")
    assert (blue.body["name"], blue.body["id"]) == ("blue", blue.id)
    count = len(emulator.resources)
    assert await seed(emulator, shapes_in(document)) == made
    assert len(emulator.resources) == count
    await app.close()


async def test_what_azure_would_refuse_is_refused(tmp_path: Path) -> None:
    """Traffic to a deployment that isn't there is no healthy endpoint."""
    app = Application(Options(tmp_path, scoring_backend="static"))
    emulator = app.emulator
    wrong = {"workspaces": [{"name": "w", "endpoints": [{"name": "e01", "traffic": {"green": 100}}]}]}
    with pytest.raises(ArmError) as caught:
        await seed(emulator, shapes_in(wrong))
    assert "green" in caught.value.details[0]["message"]
    await app.close()


@pytest.mark.parametrize(
    ("scenario", "method", "action"),
    [("deployments_not_listed", "GET", "deployments"), ("keys_refused", "POST", "listKeys")],
)
async def test_a_scenario_of_one_endpoint_leaves_the_others_alone(
    tmp_path: Path, scenario: str, method: str, action: str
) -> None:
    """Requests about another endpoint, or about one of that name in another workspace, meet nothing."""
    app = Application(Options(tmp_path, scoring_backend="static"))
    emulator = app.emulator
    one, other = await seed(emulator, shapes_in({"workspaces": 2, "endpoints": 2, "auth_mode": "Key"}))
    broken, well = [f"{one['id']}/onlineEndpoints/{name}" for name in one["endpoints"]]
    await emulator.part(Staging).enter(scenario, one["id"], broken.rsplit("/", 1)[-1])

    def meets(endpoint: str) -> bool:
        path = f"{endpoint}/{action}"
        return emulator.faults.for_request(method, "management.azure.com", path, "virtual_network") is not None

    assert meets(broken)
    assert not meets(well)
    assert not meets(broken.replace(one["id"], other["id"]))
    await app.close()
