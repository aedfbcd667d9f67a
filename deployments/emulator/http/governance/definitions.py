"""Azure's built-in policy definitions that the emulator knows, by id in lower case."""

from __future__ import annotations

from typing import Any, Final

Json = dict[str, Any]
DEFINITIONS: Final = "/providers/Microsoft.Authorization/policyDefinitions"
CONTRIBUTOR: Final = "/providers/microsoft.authorization/roleDefinitions/b24988ac-6180-42a0-ab88-20f7382dd24c"
TAG: Final = "[concat('tags[', parameters('tagName'), ']')]"
OF_GROUP: Final = "[resourceGroup().tags[parameters('tagName')]]"
WITHOUT: Final[Json] = {"field": TAG, "exists": "false"}
GROUP_HAS: Final[Json] = {"value": OF_GROUP, "notEquals": ""}
IS_GROUP: Final[Json] = {"field": "type", "equals": "Microsoft.Resources/subscriptions/resourceGroups"}
PUBLIC: Final = "Microsoft.MachineLearningServices/workspaces/publicNetworkAccess"


def _definition(name: str, title: str, rule: Json, *, mode: str = "Indexed", **parameters: Json) -> Json:
    properties = {"displayName": title, "policyType": "BuiltIn", "mode": mode, "parameters": parameters}
    identity = {"id": f"{DEFINITIONS}/{name}", "type": "Microsoft.Authorization/policyDefinitions", "name": name}
    return {**identity, "properties": {**properties, "policyRule": rule}}


def _modify(condition: Json, operation: str, field: str, value: str) -> Json:
    change = {"operation": operation, "field": field, "value": value}
    return {
        "if": condition,
        "then": {"effect": "modify", "details": {"roleDefinitionIds": [CONTRIBUTOR], "operations": [change]}},
    }


NAME: Final[Json] = {"type": "String", "metadata": {"displayName": "Tag Name"}}
VALUE: Final[Json] = {"type": "String", "metadata": {"displayName": "Tag Value"}}
DENY: Final[Json] = {"effect": "deny"}
PLACES: Final[Json] = {"type": "Array", "metadata": {"displayName": "Allowed locations"}}
EFFECT: Final[Json] = {"type": "String", "allowedValues": ["Modify", "Disabled"], "defaultValue": "Modify"}

_ALL: Final = (
    _definition(
        "871b6d14-10aa-478d-b590-94f262ecfa99",
        "Require a tag on resources",
        {"if": WITHOUT, "then": DENY},
        tagName=NAME,
    ),
    _definition(
        "1e30110a-5ceb-460c-a204-c1c3969c6d62",
        "Require a tag and its value on resources",
        {"if": {"not": {"field": TAG, "equals": "[parameters('tagValue')]"}}, "then": DENY},
        tagName=NAME,
        tagValue=VALUE,
    ),
    _definition(
        "96670d01-0a4d-4649-9c89-2d3abc0a5025",
        "Require a tag on resource groups",
        {"if": {"allOf": [IS_GROUP, WITHOUT]}, "then": DENY},
        mode="All",
        tagName=NAME,
    ),
    _definition(
        "cd3aa116-8754-49c9-a813-ad46512ece54",
        "Inherit a tag from the resource group",
        _modify({"allOf": [{"field": TAG, "notEquals": OF_GROUP}, GROUP_HAS]}, "addOrReplace", TAG, OF_GROUP),
        tagName=NAME,
    ),
    _definition(
        "ea3f2387-9b95-492a-a190-fcdc54f7b070",
        "Inherit a tag from the resource group if missing",
        _modify({"allOf": [WITHOUT, GROUP_HAS]}, "add", TAG, OF_GROUP),
        tagName=NAME,
    ),
    _definition(
        "4f9dc7db-30c1-420c-b61a-e1d640128d26",
        "Add a tag to resources",
        _modify(WITHOUT, "add", TAG, "[parameters('tagValue')]"),
        tagName=NAME,
        tagValue=VALUE,
    ),
    _definition(
        "e56962a6-4747-49cd-b67b-bf8b01975c4c",
        "Allowed locations",
        {
            "if": {
                "allOf": [
                    {"field": "location", "notIn": "[parameters('listOfAllowedLocations')]"},
                    {"field": "location", "notEquals": "global"},
                ]
            },
            "then": DENY,
        },
        listOfAllowedLocations=PLACES,
    ),
    _definition(
        "a10ee784-7409-4941-b091-663697637c0f",
        "Configure Azure Machine Learning Workspaces to disable public network access",
        {
            **_modify(
                {
                    "allOf": [
                        {"field": "type", "equals": "Microsoft.MachineLearningServices/workspaces"},
                        {"field": PUBLIC, "notEquals": "Disabled"},
                    ]
                },
                "addOrReplace",
                PUBLIC,
                "Disabled",
            )
        },
        effect=EFFECT,
    ),
)
BUILT_IN: Final[dict[str, Json]] = {one["id"].lower(): one for one in _ALL}
