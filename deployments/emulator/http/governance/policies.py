"""Policies: which requests they deny, and which they change in silence."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from copy import deepcopy
from typing import Any

from deployments.emulator.core import Emulator
from deployments.emulator.errors import ArmError
from deployments.emulator.http.call import Call
from deployments.emulator.http.governance.definitions import BUILT_IN
from deployments.emulator.http.governance.rules import Candidate, Json
from deployments.emulator.state import Resource, parent_of, type_of

ASSIGNMENTS = "Microsoft.Authorization/policyAssignments"
GROUPS = "Microsoft.Resources/subscriptions/resourceGroups"
# Types with tags and a location, which definitions of mode Indexed look at; template deployments are not among them.
INDEXED = frozenset(
    {
        "microsoft.containerregistry/registries",
        "microsoft.insights/components",
        "microsoft.keyvault/vaults",
        "microsoft.machinelearningservices/workspaces",
        "microsoft.machinelearningservices/workspaces/computes",
        "microsoft.machinelearningservices/workspaces/onlineendpoints",
        "microsoft.machinelearningservices/workspaces/onlineendpoints/deployments",
        "microsoft.managedidentity/userassignedidentities",
        "microsoft.network/privatednszones",
        "microsoft.network/privatednszones/virtualnetworklinks",
        "microsoft.network/privateendpoints",
        "microsoft.network/virtualnetworks",
        "microsoft.operationalinsights/workspaces",
        "microsoft.storage/storageaccounts",
    }
)


class PolicyViolationError(ArmError):
    """403 RequestDisallowedByPolicy, with what Azure says of each policy that denies."""

    def __init__(self, name: str, violations: list[Json]) -> None:
        named = [
            {
                "policyAssignment": {"name": _title(one, "Assignment"), "id": one["policyAssignmentId"]},
                "policyDefinition": {"name": _title(one, "Definition"), "id": one["policyDefinitionId"]},
            }
            for one in violations
        ]
        identifiers = json.dumps(named, separators=(",", ":"))
        message = f"Resource '{name}' was disallowed by policy. Policy identifiers: '{identifiers}'."
        super().__init__(403, "RequestDisallowedByPolicy", message)
        self._target = name
        self._violations = violations

    def body(self) -> Json:
        body = super().body()
        info = [{"type": "PolicyViolation", "info": one} for one in self._violations]
        body["error"] |= {"target": self._target, "additionalInfo": info}
        return body


def apply_policies(call: Call) -> None:
    """Let the policies at and above a resource act on a request that writes it.

    Raises:
        PolicyViolationError: Where one denies.
    """
    assignments = _assigned(call.emulator, call.path)
    if call.method not in ("PUT", "PATCH") or not assignments:
        return
    kind = kind_of(call.path)
    if kind != GROUPS and kind.lower() not in INDEXED:
        return
    request = call.json()
    present = call.emulator.resources.get(call.path)
    document = _merged(present, request) if call.method == "PATCH" else deepcopy(request)
    before = deepcopy(document)
    judge(call.emulator, call.path, document, assignments)
    changed = {name: value for name, value in document.items() if value != before.get(name)}
    if changed:
        call.body = json.dumps({**request, **changed}).encode()


def judge_planned(emulator: Emulator, path: str, document: Json) -> None:
    """Judge a resource of a template before anything is made.

    Raises:
        PolicyViolationError: Where a policy denies it.
    """
    kind = kind_of(path)
    if kind.lower() in INDEXED:
        judge(emulator, path, document, _assigned(emulator, path))


def judge(emulator: Emulator, path: str, document: Json, assignments: Iterable[Resource]) -> None:
    """Change a requested resource as policies say, then ask those that deny.

    Raises:
        PolicyViolationError: Where one denies.
    """
    acting = list(_acting(emulator, path, document, assignments))
    for rule, _, _, candidate in acting:
        if rule["then"]["effect"].lower() == "modify" and candidate.matches(rule["if"]):
            for operation in rule["then"]["details"]["operations"]:
                candidate.modify(operation)
    violations = [
        _violation(assignment, definition, candidate)
        for rule, assignment, definition, candidate in acting
        if rule["then"]["effect"].lower() == "deny" and _denies(candidate, rule)
    ]
    if violations:
        raise PolicyViolationError(path.rstrip("/").rsplit("/", 1)[-1], violations)


def _denies(candidate: Candidate, rule: Json) -> bool:
    candidate.evaluated.clear()
    return candidate.matches(rule["if"])


def _acting(
    emulator: Emulator, path: str, document: Json, assignments: Iterable[Resource]
) -> Iterator[tuple[Json, Resource, Json, Candidate]]:
    """The rules that apply to a type of resource, each with its assignment, its definition and its own candidate."""
    kind, name = kind_of(path), path.rstrip("/").rsplit("/", 1)[-1]
    group = emulator.resources.get("/".join(path.split("/")[:5]))
    tags = (group.body.get("tags") or {}) if group else {}
    for assignment in assignments:
        definition = definition_of(emulator, str(assignment.properties["policyDefinitionId"]))
        if definition is None or (kind == GROUPS and definition["properties"]["mode"].lower() == "indexed"):
            continue
        given = assignment.properties.get("parameters") or {}
        parameters = {name: one.get("defaultValue") for name, one in definition["properties"]["parameters"].items()}
        parameters |= {name: one["value"] for name, one in given.items()}
        lower = {name.lower(): value for name, value in parameters.items()}
        rule = dict(definition["properties"]["policyRule"])
        candidate = Candidate(kind, name, document, lower, tags)
        effect = candidate.value(rule["then"]["effect"])
        yield {**rule, "then": {**rule["then"], "effect": effect}}, assignment, definition, candidate


def definition_of(emulator: Emulator, identity: str) -> Json | None:
    """A policy definition, built in or of the subscription's own."""
    own = emulator.resources.get(identity)
    return own.body if own else BUILT_IN.get(identity.lower())


def kind_of(path: str) -> str:
    """The type of what a path names, as policies call it."""
    return type_of(path.rstrip("/")) or (GROUPS if path.rstrip("/").count("/") == 4 else "")


def _assigned(emulator: Emulator, path: str) -> list[Resource]:
    """The enforced assignments at and above a scope."""
    found = (one for one in emulator.resources.of_type(ASSIGNMENTS) if one.properties.get("policyDefinitionId"))
    enforced = (one for one in found if one.properties.get("enforcementMode") != "DoNotEnforce")
    return [one for one in enforced if f"{path}/".lower().startswith(f"{parent_of(one.id)}/".lower())]


def _merged(present: Resource | None, request: Json) -> Json:
    body = present.body if present else {}
    properties = {**(body.get("properties") or {}), **(request.get("properties") or {})}
    kept = {name: body[name] for name in ("location", "tags") if name in body}
    return deepcopy({**kept, **request, "properties": properties})


def _violation(assignment: Resource, definition: Json, candidate: Candidate) -> Json:
    return {
        "evaluationDetails": {"evaluatedExpressions": list(candidate.evaluated)},
        "policyDefinitionId": definition["id"],
        "policyDefinitionName": definition["name"],
        "policyDefinitionDisplayName": definition["properties"]["displayName"],
        "policyDefinitionEffect": "deny",
        "policyAssignmentId": assignment.id,
        "policyAssignmentName": assignment.name,
        "policyAssignmentDisplayName": assignment.properties.get("displayName") or assignment.name,
        "policyAssignmentScope": parent_of(assignment.id),
        "policyAssignmentParameters": assignment.properties.get("parameters") or {},
        "policyExemptionIds": [],
    }


def _title(violation: Json, of: str) -> Any:
    return violation[f"policy{of}DisplayName"]
