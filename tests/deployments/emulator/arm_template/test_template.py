"""What resources a template comes to."""

from __future__ import annotations

import json
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest

from deployments.emulator.arm_template.expressions import ExpressionError
from deployments.emulator.arm_template.resource_ids import Place
from deployments.emulator.arm_template.template import Template, read_template

GROUP = "/subscriptions/s/resourceGroups/g"
PLACE = Place({"id": "/subscriptions/s", "subscriptionId": "s", "tenantId": "t"}, {"id": GROUP, "name": "g"}, {})


def read(document: dict[str, Any], **given: Any) -> Template:
    return read_template(document, {name: {"value": value} for name, value in given.items()}, PLACE, {})


def resource(name: str, **more: Any) -> dict[str, Any]:
    return {"type": "A.B/things", "apiVersion": "1", "name": name, **more}


def test_parameters_may_depend_on_each_other_in_any_order() -> None:
    """The SDK's own template has defaults that name parameters declared later."""
    declared = {
        "first": {"type": "string", "defaultValue": "[concat(parameters('second'), '!')]"},
        "second": {"type": "string", "defaultValue": "x"},
    }
    assert read({"parameters": declared}).parameters == {"first": "x!", "second": "x"}
    assert read({"parameters": declared}, second="y").parameters["first"] == "y!"


@pytest.mark.parametrize(
    ("declared", "given", "says"),
    [
        ({"a": {"type": "string"}}, {}, "'a' is not provided"),
        ({}, {"b": 1}, "do not correspond to any parameters defined"),
        ({"a": {"type": "string", "allowedValues": ["x", "y"]}}, {"a": "z"}, "not part of the allowed value"),
        ({"a": {"type": "int"}}, {"a": "1"}, "expected is 'int'"),
        ({"a": {"type": "int"}}, {"a": True}, "expected is 'int'"),
        ({"a": {"type": "array"}}, {"a": {}}, "expected is 'array'"),
        ({"a": {"type": "string", "defaultValue": "[parameters('a')]"}}, {}, "depends on itself"),
    ],
)
def test_wrong_parameters_are_refused(declared: dict[str, Any], given: dict[str, Any], says: str) -> None:
    """Before anything is made."""
    with pytest.raises(ExpressionError, match=says):
        read({"parameters": declared}, **given)


def test_conditions_copies_and_children_become_resources() -> None:
    """Each with its full type, name and id."""
    document = {
        "resources": [
            resource("off", condition="[equals(1, 2)]"),
            resource("[concat('copy', copyIndex(1))]", copy={"name": "loop", "count": 2}),
            resource("parent", resources=[{"type": "parts", "apiVersion": "1", "name": "child"}]),
            resource("far", resourceGroup="other"),
            resource("extension", scope=f"{GROUP}/providers/X.Y/z/n"),
        ]
    }
    found = [(planned.included, planned.type, planned.id) for planned in read(document).resources]
    things = f"{GROUP}/providers/A.B/things"
    assert found == [
        (False, "A.B/things", f"{things}/off"),
        (True, "A.B/things", f"{things}/copy1"),
        (True, "A.B/things", f"{things}/copy2"),
        (True, "A.B/things", f"{things}/parent"),
        (True, "A.B/things/parts", f"{things}/parent/parts/child"),
        (True, "A.B/things", "/subscriptions/s/resourceGroups/other/providers/A.B/things/far"),
        (True, "A.B/things", f"{GROUP}/providers/X.Y/z/n/providers/A.B/things/extension"),
    ]


def test_references_count_as_dependencies() -> None:
    """By id, by name, and where a property asks for another resource."""
    document = {
        "resources": [
            resource("a"),
            resource("b", dependsOn=["[resourceId('A.B/things', 'a')]"]),
            resource("c", dependsOn=["b"]),
            resource("d", properties={"x": "[reference('c').y]"}),
        ]
    }
    things = f"{GROUP}/providers/A.B/things/".lower()
    found = {planned.name: planned.depends_on for planned in read(document).resources}
    assert found == {"a": set(), "b": {things + "a"}, "c": {things + "b"}, "d": {things + "c"}}


@pytest.mark.parametrize(
    ("resources", "says"),
    [
        ([{"type": "A.B/c", "name": "n"}], "no 'apiVersion'"),
        ([resource("a"), resource("A")], "defined multiple times"),
        ([resource("a", properties={"x": "[nonsense('y')]"})], "'nonsense' is not valid"),
        ([resource("a", properties={"x": "[concat(']"})], "not valid"),
        ([resource("a/b")], "requires '1' resource name"),
        (
            [resource("a", dependsOn=["b"]), resource("b", dependsOn=["a"])],
            "Circular dependency detected",
        ),
    ],
)
def test_wrong_resources_are_refused(resources: list[dict[str, Any]], says: str) -> None:
    """Before anything is made."""
    with pytest.raises(ExpressionError, match=says):
        read({"resources": resources})


def recorded_parameters(shared: Path) -> dict[str, Any]:
    lines = (shared / "recordings" / "managed_network_provision.jsonl").read_text().splitlines()
    exchanges = [json.loads(line) for line in lines]
    sent = next(exchange for exchange in exchanges if exchange["method"] == "PUT")
    return {name: entry["value"] for name, entry in sent["request"]["properties"]["parameters"].items()}


def test_the_workspace_template_of_the_sdk_comes_to_five_resources(shared: Path) -> None:
    """What Azure made of it in the recordings: storage, vault, logs, insights, then the workspace."""
    package = find_spec("azure.ai.ml")
    assert package
    assert package.origin
    source = Path(package.origin).parent / "_arm_deployments" / "arm_templates" / "workspace_base.json"
    document = json.loads(source.read_text())
    given = {name: value for name, value in recorded_parameters(shared).items() if name in document["parameters"]}
    wanted = [planned for planned in read(document, **given).resources if planned.included]
    assert [planned.type for planned in wanted] == [
        "Microsoft.Storage/storageAccounts",
        "Microsoft.KeyVault/vaults",
        "Microsoft.OperationalInsights/workspaces",
        "Microsoft.Insights/components",
        "Microsoft.MachineLearningServices/workspaces",
    ]
    body = wanted[-1].scope.value(wanted[-1].document["properties"])
    assert body["managedNetwork"] == {"isolationMode": "AllowInternetOutbound"}
    assert body["containerRegistry"] is None
    assert {wanted[0].id.lower(), wanted[1].id.lower(), wanted[3].id.lower()} <= wanted[-1].depends_on
