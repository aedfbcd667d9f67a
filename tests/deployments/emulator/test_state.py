"""Resources: ids without case, lists, descent, and what survives."""

from __future__ import annotations

from pathlib import Path

import pytest

from deployments.emulator.errors import ArmError
from deployments.emulator.state import Resources, collection_of, parent_of, type_of

GROUP = "/subscriptions/s/resourceGroups/g"
WORKSPACE = f"{GROUP}/providers/Microsoft.MachineLearningServices/workspaces/w"
ENDPOINT = f"{WORKSPACE}/onlineEndpoints/e"
SETTING = f"{ENDPOINT}/providers/Microsoft.Insights/diagnosticSettings/d"


@pytest.fixture
def resources(tmp_path: Path) -> Resources:
    return Resources(tmp_path / "state.db", str)


@pytest.mark.parametrize(
    ("resource_id", "parent", "collection", "kind"),
    [
        (GROUP, "/subscriptions/s", "/subscriptions/s/resourceGroups", ""),
        (
            WORKSPACE,
            GROUP,
            f"{GROUP}/providers/Microsoft.MachineLearningServices/workspaces",
            "Microsoft.MachineLearningServices/workspaces",
        ),
        (
            ENDPOINT,
            WORKSPACE,
            f"{WORKSPACE}/onlineEndpoints",
            "Microsoft.MachineLearningServices/workspaces/onlineEndpoints",
        ),
        (
            SETTING,
            ENDPOINT,
            f"{ENDPOINT}/providers/Microsoft.Insights/diagnosticSettings",
            "Microsoft.Insights/diagnosticSettings",
        ),
    ],
)
def test_an_id_tells_its_place(resource_id: str, parent: str, collection: str, kind: str) -> None:
    """Parent, list and type follow from an ARM id, extension resources included."""
    assert (parent_of(resource_id), collection_of(resource_id), type_of(resource_id)) == (parent, collection, kind)


def test_ids_are_compared_without_case_and_keep_their_first_spelling(resources: Resources) -> None:
    """A second PUT in another spelling changes the same resource."""
    resources.put(WORKSPACE, {"a": 1})
    resources.put(WORKSPACE.upper(), {"a": 2})
    assert [(r.id, r.body) for r in resources] == [(WORKSPACE, {"a": 2})]


def test_deleting_a_group_deletes_what_lives_in_it(resources: Resources) -> None:
    """Everything below goes, the innermost first."""
    for identity in (GROUP, WORKSPACE, ENDPOINT, SETTING):
        resources.put(identity, {})
    assert [r.id for r in resources.delete(GROUP)] == [SETTING, ENDPOINT, WORKSPACE, GROUP]
    assert len(resources) == 0


def test_a_list_holds_direct_members_in_order_of_creation(resources: Resources) -> None:
    """Members of members don't appear."""
    for name in ("b", "a"):
        resources.put(f"{WORKSPACE}/onlineEndpoints/{name}", {})
        resources.put(f"{WORKSPACE}/onlineEndpoints/{name}/deployments/blue", {})
    assert [r.name for r in resources.members(f"{WORKSPACE}/ONLINEENDPOINTS")] == ["b", "a"]


def test_a_missing_resource_is_azures_404(resources: Resources) -> None:
    """The message names type, name and group, as the resource manager does."""
    with pytest.raises(
        ArmError, match=r"Microsoft\.MachineLearningServices/workspaces/w' under resource group 'g'"
    ) as caught:
        resources.require(WORKSPACE)
    assert caught.value.status == 404


def test_resources_come_back_after_a_restart(tmp_path: Path) -> None:
    """What was put, with its private part, is there for the next process."""
    first = Resources(tmp_path / "state.db", str)
    first.put(WORKSPACE, {"a": 1}, {"key": "k"})
    second = Resources(tmp_path / "state.db", str)
    assert [(r.id, r.body, r.private) for r in second] == [(WORKSPACE, {"a": 1}, {"key": "k"})]


def test_who_watches_learns_what_was_there_before(resources: Resources) -> None:
    """Of everything that is written or removed meanwhile, once each; watches may lie in one another."""
    resources.put(WORKSPACE, {"a": 1}, {"key": "k"})
    gone = resources.put(ENDPOINT, {"b": 1})
    with resources.watched() as before:
        changed = resources.require(WORKSPACE)
        changed.body["a"] = 2
        resources.save(changed)
        with resources.watched() as inner:
            changed.body["a"] = 3
            resources.save(changed)
        resources.delete(gone.id)
        resources.put(SETTING, {})
    assert {key: found and (found.body, found.private) for key, found in before.items()} == {
        WORKSPACE.lower(): ({"a": 1}, {"key": "k"}),
        ENDPOINT.lower(): ({"b": 1}, {}),
        SETTING.lower(): None,
    }
    assert [found and found.body for found in inner.values()] == [{"a": 2}]
    resources.put(WORKSPACE, {})
    assert len(before) == 3
