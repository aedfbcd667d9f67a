"""A hundred healthy endpoints, no two alike: nothing is found wrong with any of them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import product
from typing import Any

import pytest
from support.scenarios.stage import ScenarioStage, scenario_stage

from tasks.domain.diagnostics.results import EndpointDiagnosis

MODES = ("Key", "AMLToken", "AADToken")
TWO = ["blue", "green"]
# Live traffic, mirrored traffic, online deployments.
SPLITS: tuple[dict[str, Any], ...] = (
    {},
    {"traffic": {"blue": 90, "green": 10}, "deployments": TWO},
    {"traffic": {"green": 100}, "mirror_traffic": {"blue": 30}, "deployments": TWO},
    {"traffic": {"a-very-long-deployment-name-0001": 100}, "deployments": ["a-very-long-deployment-name-0001"]},
    {"traffic": {"blue": 34, "green": 33, "red": 33}, "deployments": [*TWO, "red"], "tags": {"team": "churn"}},
)
WORKSPACES: tuple[dict[str, Any], ...] = (
    {"name": "approved"},
    {"name": "internet", "isolation_mode": "AllowInternetOutbound", "registry": "Premium", "location": "eastus"},
    {"name": "locked", "registry": "Private", "vault": "Closed", "location": "swedencentral"},
    {"name": "Open-Workspace_1", "public_network_access": "Enabled", "group": "Other.Group", "location": "uksouth"},
    {"name": "legacy", "isolation_mode": "Disabled", "registry": "Private", "location": "japaneast"},
)
NAMES = ("Churn-{n:02}-Prod", "e{n:02}", "x{n:02}-a-name-as-long-as-names-are")


def isolated() -> list[dict[str, Any]]:
    """Every mode and split in every workspace: 75 endpoints."""
    made = []
    for at, workspace in enumerate(WORKSPACES):
        egress = {"egress": "Disabled"} if workspace["name"] == "legacy" else {}
        shapes = [
            {"name": NAMES[number % 3].format(n=at * 20 + number), "auth_mode": mode, **split, **egress}
            for number, (mode, split) in enumerate(product(MODES, SPLITS))
        ]
        made.append({**workspace, "endpoints": shapes})
    return made


# Each group of endpoints in a workspace of its own, and what has to be expected of it.
OTHERS: tuple[tuple[dict[str, Any], dict[str, Any]], ...] = (
    (
        {"online_deployment": "green"},
        {
            "name": "by-header",
            "endpoints": [
                {"name": f"by-header-{n}", "auth_mode": MODES[n % 3], "traffic": {}, "deployments": TWO}
                for n in range(8)
            ],
        },
    ),
    (
        {"public_network_access": "enabled"},
        {
            "name": "public",
            "location": "francecentral",
            "endpoints": [
                {"name": f"public-{n}", "auth_mode": MODES[n % 3], "public_network_access": "Enabled", **SPLITS[n % 3]}
                for n in range(7)
            ],
        },
    ),
    ({}, {"name": "tls-cluster", "endpoints": [{"name": f"tls-{n}", "cluster": "https"} for n in range(5)]}),
    ({}, {"name": "plain-cluster", "endpoints": [{"name": f"plain-{n}", "cluster": "http"} for n in range(5)]}),
)


@pytest.fixture(scope="module")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ScenarioStage]:
    """An emulator of their own."""
    with scenario_stage(tmp_path_factory.mktemp("healthy")) as made:
        yield made


def test_there_are_a_hundred_and_no_two_are_alike() -> None:
    """By shape and workspace."""
    workspaces = [*isolated(), *(workspace for _, workspace in OTHERS)]
    assert sum(len(workspace["endpoints"]) for workspace in workspaces) == 100
    names = [one["name"] for workspace in workspaces for one in workspace["endpoints"]]
    assert len(set(names)) == 100


@pytest.mark.parametrize("custom_dns", [True, False], ids=["with custom DNS", "without"])
def test_private_endpoints(custom_dns: bool, stage: ScenarioStage) -> None:
    """In every auth mode, with every split, in every kind of workspace; however the network resolves names."""
    made = stage.seed({"workspaces": isolated()})
    resolvers = stage.scope().resolvers
    scope = stage.scope(
        resource_group=None,
        workspace=None,
        endpoint=None,
        exclude=(f"{stage.workspace['name']}/*",),
        resolvers=resolvers if custom_dns else resolvers.model_copy(update={"custom": None}),
    )
    found = [one for one in stage.diagnose(scope=scope).endpoints if one.workspace in {w["name"] for w in made}]
    assert len(found) == 75
    assert_well(found)


@pytest.mark.parametrize(("expects", "workspace"), OTHERS, ids=[workspace["name"] for _, workspace in OTHERS])
@pytest.mark.parametrize("depth", ["when_needed", "always"])
def test_others(depth: str, expects: Mapping[str, Any], workspace: dict[str, Any], stage: ScenarioStage) -> None:
    """Called by header, open to the internet, or in a cluster; however deep one looks."""
    (made,) = stage.seed({"workspaces": [workspace]})
    scope = stage.scope(resource_group=made["resource_group"], workspace=made["name"], endpoint=None)
    diagnosis = stage.diagnose({**expects, "depth": depth}, scope)
    assert len(diagnosis.endpoints) == len(workspace["endpoints"])
    assert_well(diagnosis.endpoints)
    assert [one.reason for one in diagnosis.workspaces[0].findings if not one.is_healthy] == []


def assert_well(found: Any) -> None:
    """Healthy, and no finding above PASS but those that are skipped with a reason."""
    wrong = {one.name: whatever_is_wrong(one) for one in found}
    assert {name: lines for name, lines in wrong.items() if lines} == {}
    assert {one.verdict.health for one in found} == {"healthy"}
    assert all(one.latency_seconds for one in found)


def whatever_is_wrong(diagnosis: EndpointDiagnosis) -> list[str]:
    return [
        f"{one.code} {one.status}: {one.reason}" for one in diagnosis.findings if not one.is_healthy or not one.reason
    ]
