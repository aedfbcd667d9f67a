"""Azure Policy: what is denied, and what is changed in silence."""

from __future__ import annotations

from typing import Any

from support.emulator.control_plane import REGION, STORAGE, ControlPlane, error_of

VERSION = "api-version=2022-06-01"
BUILT_IN = "/providers/Microsoft.Authorization/policyDefinitions/"
REQUIRED, INHERITED, PLACES, PRIVATE = (
    "871b6d14-10aa-478d-b590-94f262ecfa99",
    "cd3aa116-8754-49c9-a813-ad46512ece54",
    "e56962a6-4747-49cd-b67b-bf8b01975c4c",
    "a10ee784-7409-4941-b091-663697637c0f",
)


async def assign(plane: ControlPlane, definition: str, scope: str = "", **parameters: Any) -> None:
    """Assign a definition at a scope, the group unless named."""
    place = f"{scope or plane.group}/providers/Microsoft.Authorization/policyAssignments/p-{definition[-4:]}?{VERSION}"
    identity = definition if definition.startswith("/") else f"{BUILT_IN}{definition}"
    properties = {"policyDefinitionId": identity, "displayName": "Costs need an owner"}
    values = {name: {"value": value} for name, value in parameters.items()}
    answer = await plane.ask("PUT", place, {"properties": {**properties, "parameters": values}})
    assert answer.status == 201, answer.body


async def storage(plane: ControlPlane, tags: dict[str, str]) -> Any:
    """Ask for a storage account with tags."""
    place = f"{plane.group}/providers/Microsoft.Storage/storageAccounts/policed?api-version=2023-01-01"
    return await plane.ask("PUT", place, {"location": REGION, **STORAGE, "tags": tags})


async def test_a_required_tag_is_asked_of_resources(plane: ControlPlane) -> None:
    """The refusal names the assignment, the definition and the condition that held."""
    await assign(plane, REQUIRED, tagName="costCenter")
    refused = await storage(plane, {"owner": "me"})
    assert error_of(refused)[:2] == (403, "RequestDisallowedByPolicy")
    error = refused.body["error"]
    assert error["target"] == "policed"
    assert error["message"].startswith("Resource 'policed' was disallowed by policy. Policy identifiers: '[{")
    info = error["additionalInfo"][0]["info"]
    assert info["policyDefinitionDisplayName"] == "Require a tag on resources"
    assert info["evaluationDetails"]["evaluatedExpressions"][0]["path"] == "tags[costCenter]"
    assert (await storage(plane, {"costcenter": "42"})).status in (200, 202)
    container = f"{plane.group}/providers/Microsoft.Resources/deployments/empty?api-version=2020-06-01"
    template = {"mode": "Incremental", "template": {"resources": []}}
    assert (await plane.ask("PUT", container, {"properties": template})).status in (200, 201)


async def test_a_template_is_refused_before_anything_of_it_is_made(plane: ControlPlane) -> None:
    """InvalidTemplateDeployment holds each violation among its details."""
    await assign(plane, REQUIRED, tagName="costCenter")
    account = {
        "type": "Microsoft.Storage/storageAccounts",
        "apiVersion": "2023-01-01",
        "name": "templated",
        "location": REGION,
        **STORAGE,
        "tags": {"owner": "me"},
    }
    template = {"mode": "Incremental", "template": {"resources": [account]}}
    place = f"{plane.group}/providers/Microsoft.Resources/deployments/one?api-version=2020-06-01"
    refused = await plane.ask("PUT", place, {"properties": template})
    assert error_of(refused)[:2] == (400, "InvalidTemplateDeployment")
    assert isinstance(refused.body, dict)
    assert refused.body["error"]["details"][0]["code"] == "RequestDisallowedByPolicy"
    assert (await plane.ask("GET", place)).status == 404


async def test_a_tag_is_inherited_from_the_group_in_silence(plane: ControlPlane) -> None:
    """Another value is replaced; the answer is that of any creation."""
    await plane.ask("PATCH", f"{plane.group}?api-version=2021-04-01", {"tags": {"costCenter": "42"}})
    await assign(plane, INHERITED, tagName="costCenter")
    await storage(plane, {"costCenter": "7", "owner": "me"})
    plane.settle()
    found = await plane.get(f"{plane.group}/providers/Microsoft.Storage/storageAccounts/policed")
    assert found["tags"] == {"costCenter": "42", "owner": "me"}


async def test_a_property_is_changed_in_silence_by_a_patch_too(plane: ControlPlane) -> None:
    """A workspace that is opened is private again; what the PATCH didn't name stays."""
    await assign(plane, PRIVATE)
    workspace = await plane.workspace(publicNetworkAccess="Enabled", description="mine")
    assert (await plane.get(workspace))["properties"]["publicNetworkAccess"] == "Disabled"
    await plane.ask("PATCH", workspace, {"properties": {"publicNetworkAccess": "Enabled"}})
    plane.settle()
    properties = (await plane.get(workspace))["properties"]
    assert (properties["publicNetworkAccess"], properties["description"]) == ("Disabled", "mine")


async def test_definitions_are_read_and_a_subscription_has_its_own(plane: ControlPlane) -> None:
    """A rule of the team's own, by an alias; unknown conditions are not passed over."""
    built_in = await plane.get(f"{BUILT_IN}{REQUIRED}?{VERSION}")
    assert built_in["properties"]["policyRule"]["then"]["effect"] == "deny"
    subscription = plane.group.rsplit("/", 2)[0]
    place = f"{subscription}{BUILT_IN}keys"
    keys = {"field": "Microsoft.Storage/storageAccounts/allowSharedKeyAccess", "notEquals": "false"}
    rule = {"if": keys, "then": {"effect": "deny"}}
    assert (await plane.ask("PUT", f"{place}?{VERSION}", {"properties": {"policyRule": rule}})).status == 201
    await assign(plane, place, subscription)
    assert error_of(await storage(plane, {}))[1] == "RequestDisallowedByPolicy"
    odd = {"if": {"field": "location", "like": "west*"}, "then": {"effect": "deny"}}
    await plane.ask("PUT", f"{place}?{VERSION}", {"properties": {"policyRule": odd}})
    assert error_of(await storage(plane, {}))[:2] == (501, "NotImplementedByEmulator")


async def test_an_assignment_names_a_definition_and_its_parameters(plane: ControlPlane) -> None:
    """Neither is made up."""
    place = f"{plane.group}/providers/Microsoft.Authorization/policyAssignments/p?{VERSION}"
    for identity, code in (
        (f"{BUILT_IN}none", "PolicyDefinitionNotFound"),
        (f"{BUILT_IN}{PLACES}", "MissingPolicyParameter"),
    ):
        answer = await plane.ask("PUT", place, {"properties": {"policyDefinitionId": identity}})
        assert error_of(answer)[1] == code
