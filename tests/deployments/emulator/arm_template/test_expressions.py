"""The expression language of ARM templates."""

from __future__ import annotations

from typing import Any

import pytest

from deployments.emulator.arm_template.evaluation import Scope
from deployments.emulator.arm_template.expressions import ExpressionError
from deployments.emulator.arm_template.resource_ids import Place

SUBSCRIPTION = {"id": "/subscriptions/s", "subscriptionId": "s", "tenantId": "t", "displayName": "d"}
GROUP = {"id": "/subscriptions/s/resourceGroups/g", "name": "g", "location": "eastus", "tags": {"a": "b"}}
PLACE = Place(SUBSCRIPTION, GROUP, {"name": "d1"})
IDENTITY = "/subscriptions/s/resourceGroups/g/providers/Microsoft.KeyVault/vaults/v"
PARAMETERS = {"name": "scores", "count": 3, "list": ["a", "b"], "object": {"Key": {"inner": [1, 2]}}, "no": False}
VARIABLES = {"twice": "[concat(parameters('name'), parameters('name'))]", "nested": {"x": "[variables('twice')]"}}


@pytest.fixture
def scope() -> Scope:
    return Scope(PARAMETERS, VARIABLES, {**PLACE.functions()})


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("plain", "plain"),
        ("[[not an expression]", "[not an expression]"),
        ("[parameters('name')]", "scores"),
        ("[PARAMETERS('NAME')]", "scores"),
        ("[variables('twice')]", "scoresscores"),
        ("[variables('nested').x]", "scoresscores"),
        ("[parameters('object').key.inner[1]]", 2),
        ("[parameters('object')['Key']['inner'][0]]", 1),
        ("[parameters('list')[sub(parameters('count'), 2)]]", "b"),
        ("['it''s']", "it's"),
        ("[-5]", -5),
        ("[concat('a', 1, true())]", "a1True"),
        ("[concat(parameters('list'), createArray('c'))]", ["a", "b", "c"]),
        ("[if(equals(parameters('name'), 'scores'), 'yes', parameters('missing'))]", "yes"),
        ("[and(parameters('no'), parameters('missing'))]", False),
        ("[or(not(parameters('no')), parameters('missing'))]", True),
        ("[equals('1', 1)]", False),
        ("[json('null')]", None),
        ("[json('{\"a\": [1]}').a]", [1]),
        ("[empty('')]", True),
        ("[empty(parameters('object'))]", False),
        ("[length(parameters('list'))]", 2),
        ("[toLower('ABC')]", "abc"),
        ("[toUpper('abc')]", "ABC"),
        ("[array('x')]", ["x"]),
        ("[createObject('a', 1)]", {"a": 1}),
        ("[contains(parameters('list'), 'a')]", True),
        ("[contains(parameters('object'), 'KEY')]", True),
        ("[first('abc')]", "a"),
        ("[last(parameters('list'))]", "b"),
        ("[take('abcdef', 2)]", "ab"),
        ("[skip(parameters('list'), 1)]", ["b"]),
        ("[substring('abcdef', 1, 3)]", "bcd"),
        ("[split('a,b;c', createArray(',', ';'))]", ["a", "b", "c"]),
        ("[join(parameters('list'), '-')]", "a-b"),
        ("[replace('a-b', '-', '')]", "ab"),
        ("[padLeft('7', 3, '0')]", "007"),
        ("[format('{0}/{1}', 'a', 2)]", "a/2"),
        ("[int('42')]", 42),
        ("[string(5)]", "5"),
        ("[bool('True')]", True),
        ("[add(2, mul(3, 4))]", 14),
        ("[mod(7, 3)]", 1),
        ("[div(-7, 2)]", -3),
        ("[max(1, 5, 3)]", 5),
        ("[min(createArray(4, 2))]", 2),
        ("[range(2, 3)]", [2, 3, 4]),
        ("[coalesce(null(), 'x')]", "x"),
        ("[union(createArray('a'), parameters('list'))]", ["a", "b"]),
        ("[intersection(parameters('list'), createArray('b', 'z'))]", ["b"]),
        ("[startsWith('Abc', 'aB')]", True),
        ("[indexOf('abc', 'C')]", 2),
        ("[base64ToString(base64('x y'))]", "x y"),
        ("[uriComponent('a b/c')]", "a%20b%2Fc"),
        ("[items(createObject('b', 2, 'a', 1))]", [{"key": "a", "value": 1}, {"key": "b", "value": 2}]),
        ("[flatten(createArray(createArray(1), createArray(2, 3)))]", [1, 2, 3]),
        ("[subscription().tenantId]", "t"),
        ("[resourceGroup().tags.a]", "b"),
        ("[deployment().name]", "d1"),
        ("[resourceId('Microsoft.KeyVault/vaults', 'v')]", IDENTITY),
        ("[resourceId('g2', 'A.B/c', 'n')]", "/subscriptions/s/resourceGroups/g2/providers/A.B/c/n"),
        ("[resourceId('s2', 'g2', 'A.B/c/d', 'n', 'm')]", "/subscriptions/s2/resourceGroups/g2/providers/A.B/c/n/d/m"),
        ("[subscriptionResourceId('A.B/c', 'n')]", "/subscriptions/s/providers/A.B/c/n"),
        ("[extensionResourceId(resourceGroup().id, 'A.B/c', 'n')]", f"{GROUP['id']}/providers/A.B/c/n"),
    ],
)
def test_expressions_have_the_values_that_azure_gives_them(scope: Scope, text: str, value: Any) -> None:
    """Functions, members, escapes and laziness."""
    assert scope.value(text) == value


def test_unique_string_gives_the_names_that_azure_gave() -> None:
    """The recordings' deployment DeployPrivateEndpoint-q2xi2ah3t47py is uniqueString('name')."""
    assert Scope({}, {}, {}).value("[concat('DeployPrivateEndpoint-', uniqueString('name'))]") == (
        "DeployPrivateEndpoint-q2xi2ah3t47py"
    )


def test_expressions_inside_documents_are_replaced_in_values_and_names(scope: Scope) -> None:
    """A document keeps its shape."""
    document = {"[parameters('name')]": [{"x": "[parameters('count')]"}, "y", 7, None]}
    assert scope.value(document) == {"scores": [{"x": 3}, "y", 7, None]}


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("[concat('a']", "expected"),
        ("[concat('a') 'b']", "not expected there"),
        ("[unheardOf()]", "'unheardof' is not valid"),
        ("[parameters('missing')]", "'missing' is not found"),
        ("[variables('missing')]", "'missing' is not found"),
        ("[parameters('object').nothing]", "doesn't exist, available properties are 'Key'"),
        ("[resourceId('v')]", "no resource type"),
        ("[resourceId('A.B/c/d', 'n')]", "requires '2' resource name"),
        ("[substring('abc', 2, 5)]", "within the string"),
        ("[json('{')]", "not valid JSON"),
        ("[toLower(1)]", "arguments that it does not take"),
        ("[#]", "not valid at position"),
    ],
)
def test_what_has_no_value_is_refused_with_the_reason(scope: Scope, text: str, says: str) -> None:
    """An author learns which part of the template is wrong."""
    with pytest.raises(ExpressionError, match=says):
        scope.value(text)
