"""Outbound rules one by one: list, read, write and delete."""

from __future__ import annotations

from typing import Any

from deployments.emulator.core import Emulator
from deployments.emulator.http.call import Answer, Call
from deployments.emulator.http.routing import Route
from deployments.emulator.operations import Operation
from deployments.emulator.services.machine_learning import waiting
from deployments.emulator.services.machine_learning.ids import WORKSPACE, workspace_of
from deployments.emulator.services.machine_learning.network_isolation import approvals, isolation, managed_network
from deployments.emulator.services.machine_learning.refusals import missing
from deployments.emulator.state import Resource

RULES = WORKSPACE + "/outboundRules"
RULE = RULES + "/{rule}"
ACTION = "Microsoft.MachineLearningServices/workspaces/outboundRules/write"
WRITE, DELETE = "outbound_rule.write", "outbound_rule.delete"


def routes() -> list[Route]:
    """The rules as resources of their own."""
    return [
        Route("GET", RULES, _list),
        Route("GET", RULE, _get),
        Route("PUT", RULE, _put),
        Route("DELETE", RULE, _delete),
    ]


def set_up(emulator: Emulator) -> None:
    """Register how writes and deletions end."""
    emulator.operations.completes(WRITE, _complete_write)
    emulator.operations.completes(DELETE, _complete_delete)


def _shown(workspace: Resource, name: str) -> dict[str, Any]:
    return {
        "id": f"{workspace.id}/outboundRules/{name}",
        "name": name,
        "type": "Microsoft.MachineLearningServices/workspaces/outboundRules",
        "properties": managed_network.rules_of(workspace)[name],
    }


def _list(call: Call) -> Answer:
    workspace = workspace_of(call)
    return Answer(200, {"value": [_shown(workspace, name) for name in managed_network.rules_of(workspace)]})


def _get(call: Call) -> Answer:
    workspace = workspace_of(call)
    if call.params["rule"] not in managed_network.rules_of(workspace):
        raise missing("outbound rule", call.params["rule"])
    return Answer(200, _shown(workspace, call.params["rule"]))


def _put(call: Call) -> Answer:
    workspace, name = workspace_of(call), call.params["rule"]
    rule = call.json().get("properties") or {}
    rules = managed_network.rules_of(workspace)
    isolation.check_rule(name, rule, managed_network.mode_of(workspace), rules)
    managed_network.check_target(call.emulator, name, rule)
    approvals.require(call, ACTION, f"{workspace.id}/outboundRules/{name}", {name: rule})
    operation = managed_network.begin(call, workspace, WRITE, {"rule": name, "properties": rule})
    return Answer(202, None, waiting.workspace_headers(call, workspace, operation))


def _complete_write(emulator: Emulator, operation: Operation) -> dict[str, Any]:
    workspace = emulator.resources.require(operation.resource_id)
    managed_network.set_rule(emulator, workspace, operation.data["rule"], operation.data["properties"])
    return _shown(workspace, operation.data["rule"])


def _delete(call: Call) -> Answer:
    workspace, name = workspace_of(call), call.params["rule"]
    rule = managed_network.rules_of(workspace).get(name)
    if rule is None:
        return Answer(204)
    if rule["category"] == "Required":
        raise isolation.required(name)
    operation = managed_network.begin(call, workspace, DELETE, {"rule": name})
    return Answer(202, None, waiting.workspace_headers(call, workspace, operation))


def _complete_delete(emulator: Emulator, operation: Operation) -> None:
    workspace = emulator.resources.require(operation.resource_id)
    managed_network.set_rule(emulator, workspace, operation.data["rule"], None)
