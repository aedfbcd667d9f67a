"""Template deployments, and the workspace that the SDK makes by one."""

from __future__ import annotations

import uuid
from pathlib import Path
from typing import Any

import pytest
from support.emulator.management import Management, error_of
from support.emulator.running import RunningEmulator, start_emulator

VERSION = "2020-06-01"
TENANT = "[subscription().tenantId]"


@pytest.fixture
def management(emulator: RunningEmulator) -> Management:
    return Management(emulator)


def vault(name: str, **more: Any) -> dict[str, Any]:
    properties = {"tenantId": TENANT, "sku": {"name": "standard", "family": "A"}, "accessPolicies": []}
    base = {"type": "Microsoft.KeyVault/vaults", "apiVersion": "2023-07-01", "name": name, "properties": properties}
    return {**base, "location": "[resourceGroup().location]", **more}


def logs(name: str, **more: Any) -> dict[str, Any]:
    kind = "Microsoft.OperationalInsights/workspaces"
    return {"type": kind, "apiVersion": "2020-08-01", "name": name, "location": "eastus", "properties": {}, **more}


def insights(name: str, workspace: str) -> dict[str, Any]:
    kind = "Microsoft.Insights/components"
    properties = {"Application_Type": "web", "WorkspaceResourceId": f"[reference('{workspace}', '', 'Full').id]"}
    return {
        "type": kind,
        "apiVersion": "2020-02-02",
        "name": name,
        "location": "eastus",
        "kind": "web",
        "properties": properties,
    }


def template(*resources: dict[str, Any], **more: Any) -> dict[str, Any]:
    schema = "https://schema.management.azure.com/schemas/2019-04-01/deploymentTemplate.json#"
    return {"$schema": schema, "contentVersion": "1.0.0.0", "resources": list(resources), **more}


def deployment(group: str) -> str:
    return f"{group}/providers/Microsoft.Resources/deployments/d-{uuid.uuid4().hex[:8]}"


def body(document: dict[str, Any], **parameters: Any) -> dict[str, Any]:
    given = {name: {"value": value} for name, value in parameters.items()}
    return {"properties": {"mode": "incremental", "template": document, "parameters": given}}


def operations(management: Management, path: str) -> list[dict[str, Any]]:
    name = path.rsplit("/", 1)[-1]
    address = path.replace(f"/providers/Microsoft.Resources/deployments/{name}", f"/deployments/{name}/operations")
    found: list[dict[str, Any]] = management.get(address, VERSION)["value"]
    return [entry["properties"] for entry in found]


def test_a_short_deployment_is_answered_as_finished(management: Management) -> None:
    """Its resources are there, its outputs are worked out, its operations are listed, the newest first."""
    group = management.group()
    suffix = group[-8:]
    outputs = {"uri": {"type": "string", "value": f"[reference('kv{suffix}').vaultUri]"}}
    document = template(vault(f"kv{suffix}"), logs("la"), insights("ai", "la"), outputs=outputs)
    path = deployment(group)
    answer = management.ask("PUT", path, body(document), VERSION)
    assert (answer.status_code, answer.json()["properties"]["provisioningState"]) == (200, "Succeeded")
    assert answer.json()["properties"]["outputs"]["uri"]["value"] == f"https://kv{suffix}.vault.azure.net/"
    component = management.get(f"{group}/providers/Microsoft.Insights/components/ai", "2020-02-02")
    assert component["properties"]["WorkspaceResourceId"].endswith("/workspaces/la")
    seen = operations(management, path)
    assert [one["provisioningOperation"] for one in seen] == [*["Create"] * 3, "EvaluateDeploymentOutput"]
    assert {one["provisioningState"] for one in seen} == {"Succeeded"}
    assert seen[0]["targetResource"]["resourceName"] == "ai"


def test_a_long_deployment_is_followed(management: Management) -> None:
    """201 with Azure-AsyncOperation, Running while something is, then Succeeded."""
    group = management.group()
    path = deployment(group)
    management.emulator.fault(action="stall", operation="vaults.write", path=group[-8:])
    answer = management.ask("PUT", path, body(template(vault(f"kv{group[-8:]}"))), VERSION)
    assert (answer.status_code, answer.json()["properties"]["provisioningState"]) == (201, "Accepted")
    address = answer.headers["Azure-AsyncOperation"]
    assert management.ask("GET", address).json() == {"status": "Running"}
    assert [one["provisioningState"] for one in operations(management, path)] == ["Running"]
    busy = management.ask("PUT", path, body(template()), VERSION)
    assert error_of(busy) == (409, "DeploymentActive")
    management.emulator.clear_faults()
    assert management.settled(path, VERSION)["properties"]["provisioningState"] == "Succeeded"
    assert management.ask("GET", address).json() == {"status": "Succeeded"}


def test_a_failing_resource_fails_the_deployment_with_its_reason(management: Management) -> None:
    """What was made stays, what depends on the failed resource is not tried."""
    group = management.group()
    path = deployment(group)
    bad = vault("x")
    document = template(logs("la"), bad, vault(f"kv{group[-8:]}", dependsOn=["x"]))
    answer = management.ask("PUT", path, body(document), VERSION)
    assert answer.status_code == 201
    status = management.ask("GET", answer.headers["Azure-AsyncOperation"]).json()
    assert (status["status"], status["error"]["code"]) == ("Failed", "DeploymentFailed")
    assert [detail["code"] for detail in status["error"]["details"]] == ["VaultNameNotValid"]
    assert management.get(path, VERSION)["properties"]["provisioningState"] == "Failed"
    states = {one["targetResource"]["resourceName"]: one["provisioningState"] for one in operations(management, path)}
    assert states == {"la": "Succeeded", "x": "Failed"}
    failed = next(one for one in operations(management, path) if one["provisioningState"] == "Failed")
    assert failed["statusMessage"]["error"]["code"] == "VaultNameNotValid"


def test_an_operation_that_fails_later_fails_the_deployment_too(management: Management) -> None:
    """ResourceDeploymentFailure, with the operation's own error inside."""
    group = management.group()
    management.emulator.fault(
        action="fail", operation="vaults.write", path=group[-8:], code="QuotaExceeded", message="Too many."
    )
    answer = management.ask("PUT", deployment(group), body(template(vault(f"kv{group[-8:]}"))), VERSION)
    error = management.ask("GET", answer.headers["Azure-AsyncOperation"]).json()["error"]
    assert [detail["code"] for detail in error["details"]] == ["ResourceDeploymentFailure"]
    assert error["details"][0]["details"] == [{"code": "QuotaExceeded", "message": "Too many."}]


def test_a_resource_of_an_unreadable_shape_fails_the_deployment(management: Management) -> None:
    """And never leaves it running for ever; the same PUT by itself is refused with the same code."""
    group = management.group()
    bad = vault(f"kv{group[-8:]}", properties={"networkAcls": {"ipRules": [{"wrong": 1}]}})
    answer = management.ask("PUT", deployment(group), body(template(bad)), VERSION)
    error = management.ask("GET", answer.headers["Azure-AsyncOperation"]).json()["error"]
    assert [detail["code"] for detail in error["details"]] == ["InvalidRequestContent"]
    path = f"{group}/providers/{bad['type']}/{bad['name']}"
    alone = management.ask("PUT", path, {**bad, "location": "eastus"}, bad["apiVersion"])
    assert error_of(alone) == (400, "InvalidRequestContent")


def test_outputs_without_a_value_fail_the_deployment(management: Management) -> None:
    """DeploymentOutputEvaluationFailed, although every resource was made."""
    outputs = {"x": {"type": "string", "value": "[resourceGroup().nothing]"}}
    answer = management.ask("PUT", deployment(management.group()), body(template(outputs=outputs)), VERSION)
    error = management.ask("GET", answer.headers["Azure-AsyncOperation"]).json()["error"]
    assert error["code"] == "DeploymentOutputEvaluationFailed"


@pytest.mark.parametrize(
    ("document", "parameters"),
    [
        (template(parameters={"a": {"type": "string"}}), {}),
        (template(), {"b": 1}),
        (template(vault("[nonsense()]")), {}),
    ],
)
def test_a_wrong_template_is_refused_at_once(
    management: Management, document: dict[str, Any], parameters: dict[str, Any]
) -> None:
    """InvalidTemplate, and no deployment is left behind."""
    path = deployment(management.group())
    answer = management.ask("PUT", path, body(document, **parameters), VERSION)
    assert error_of(answer) == (400, "InvalidTemplate")
    assert error_of(management.ask("GET", path, version=VERSION)) == (404, "DeploymentNotFound")


def test_nested_deployments_see_the_outer_parameters(management: Management) -> None:
    """Unless they ask for a scope of their own."""
    group = management.group()
    name = {"parameters": {"name": {"type": "string", "defaultValue": "inner"}}}
    output = {"outputs": {"it": {"type": "string", "value": "[parameters('name')]"}}}

    def nested(kind: str) -> dict[str, Any]:
        return {
            "type": "Microsoft.Resources/deployments",
            "apiVersion": VERSION,
            "name": kind,
            "properties": {
                "mode": "Incremental",
                "expressionEvaluationOptions": {"scope": kind},
                "template": template(**output, **(name if kind == "inner" else {})),
            },
        }

    outer = template(nested("outer"), nested("inner"), parameters={"name": {"type": "string"}})
    path = deployment(group)
    management.ask("PUT", path, body(outer, name="outer"), VERSION)
    base = path.rsplit("/", 1)[0]
    found = {kind: management.settled(f"{base}/{kind}", VERSION) for kind in ("outer", "inner")}
    assert {kind: one["properties"]["outputs"]["it"]["value"] for kind, one in found.items()} == {
        "outer": "outer",
        "inner": "inner",
    }


def test_a_failing_nested_deployment_fails_the_outer_one(management: Management) -> None:
    """With the reason at the bottom."""
    inner = {"mode": "Incremental", "template": template(vault("x"))}
    nested = {"type": "Microsoft.Resources/deployments", "apiVersion": VERSION, "name": "n", "properties": inner}
    path = deployment(management.group())
    management.ask("PUT", path, body(template(nested)), VERSION)
    error = management.settled(path, VERSION)["properties"]["error"]
    chain = []
    while error:
        chain.append(error["code"])
        error = next(iter(error.get("details", [])), None)
    assert chain == ["DeploymentFailed", "ResourceDeploymentFailure", "DeploymentFailed", "VaultNameNotValid"]


def test_secret_parameters_are_not_shown(management: Management) -> None:
    """Azure gives back their type only, and the journal keeps nothing of them."""
    document = template(parameters={"secret": {"type": "securestring"}})
    path = deployment(management.group())
    answer = management.ask("PUT", path, body(document, secret="hush"), VERSION)
    assert answer.json()["properties"]["parameters"] == {"secret": {"type": "SecureString"}}
    assert "hush" not in management.ask("GET", path, version=VERSION).text
    assert "hush" not in management.emulator.control("GET", "/journal").text


def test_deployments_can_be_validated_listed_and_deleted(management: Management) -> None:
    """Deleting one leaves its resources."""
    group = management.group()
    path, document = deployment(group), body(template(logs("la")))
    validated = management.ask("POST", f"{path}/validate", document, VERSION).json()
    assert validated["properties"]["validatedResources"] == [
        {"id": f"{group}/providers/Microsoft.OperationalInsights/workspaces/la"}
    ]
    management.put(path, document, VERSION)
    assert [one["id"] for one in management.get(path.rsplit("/", 1)[0], VERSION)["value"]] == [path]
    assert management.ask("HEAD", path, version=VERSION).status_code == 204
    assert management.ask("DELETE", path, version=VERSION).status_code == 204
    assert management.ask("HEAD", path, version=VERSION).status_code == 404
    assert len(management.get(f"{group}/resources")["value"]) == 1


def test_a_deployment_goes_on_after_a_restart(tmp_path: Path) -> None:
    """A killed emulator takes up what was in flight."""
    with start_emulator(tmp_path) as emulator:
        management = Management(emulator)
        group = management.group()
        path = deployment(group)
        emulator.fault(action="stall", operation="vaults.write")
        document = template(vault(f"kv{group[-8:]}"), logs("la", dependsOn=[f"kv{group[-8:]}"]))
        assert management.ask("PUT", path, body(document), VERSION).status_code == 201
    with start_emulator(tmp_path) as emulator:
        management = Management(emulator)
        assert [one["provisioningState"] for one in operations(management, path)] == ["Running"]
        emulator.clear_faults()
        assert management.settled(path, VERSION)["properties"]["provisioningState"] == "Succeeded"
        assert len(management.get(f"{group}/resources")["value"]) == 2


def test_the_sdk_makes_a_workspace_with_all_that_it_needs(management: Management) -> None:
    """One template; afterwards each part can be read by itself, and says what the template said."""
    from azure.ai.ml import MLClient  # noqa: PLC0415 -- importing it takes seconds
    from azure.ai.ml.entities import ManagedNetwork, Workspace  # noqa: PLC0415 -- as above
    from azure.identity import DefaultAzureCredential  # noqa: PLC0415 -- as above

    group = management.group()
    client = MLClient(DefaultAzureCredential(), management.emulator.subscription, group.rsplit("/", 1)[-1])
    wanted = Workspace(
        name="ws",
        location="eastus",
        public_network_access="Disabled",
        managed_network=ManagedNetwork(isolation_mode="AllowOnlyApprovedOutbound"),
    )
    made = client.workspaces.begin_create(wanted).result()
    vault_properties = management.get(made.key_vault, "2023-07-01")["properties"]
    rules = vault_properties["networkAcls"]
    assert (vault_properties["publicNetworkAccess"], rules["defaultAction"], rules["bypass"]) == (
        "Disabled",
        "Deny",
        "AzureServices",
    )
    assert management.get(made.storage_account, "2023-01-01")["properties"]["minimumTlsVersion"] == "TLS1_2"
    component = management.get(made.application_insights, "2020-02-02")["properties"]
    assert management.get(component["WorkspaceResourceId"], "2020-08-01")["name"]
    client.workspaces.begin_delete("ws", delete_dependent_resources=True).result()
    left = [entry["name"] for entry in management.get(f"{group}/resources")["value"]]
    component_name = made.application_insights.rsplit("/", 1)[-1]
    # Azure adds these two to the group of a component, and leaves them there.
    assert left == ["Application Insights Smart Detection", f"Failure Anomalies - {component_name}"]
