"""Azure Policy, as far as it is known before anything is created: what a rule denies, and for want of which tags.

Source: learn.microsoft.com/azure/governance/policy/concepts/definition-structure-policy-rule
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any, Final

from pydantic import BaseModel

Json = dict[str, Any]
GROUP_TYPE: Final = "Microsoft.Resources/subscriptions/resourceGroups"
# What the lifecycle creates in its resource group.
_ML: Final = "Microsoft.MachineLearningServices/workspaces"
CREATED_TYPES: Final = (
    "Microsoft.Storage/storageAccounts",
    "Microsoft.KeyVault/vaults",
    "Microsoft.OperationalInsights/workspaces",
    "Microsoft.Insights/components",
    _ML,
    f"{_ML}/onlineEndpoints",
    f"{_ML}/onlineEndpoints/deployments",
)
_TAG: Final = re.compile(r"^tags(?:\[['\"]?([^\]'\"]+)['\"]?\]|\.(.+))$", re.IGNORECASE)
_PARAMETER: Final = re.compile(r"^parameters\('(\w+)'\)$", re.IGNORECASE)
_CONCAT: Final = re.compile(r"^concat\((.*)\)$", re.IGNORECASE)
_TAG_OPERATIONS: Final = ("modify", "append")


class Policy(BaseModel, frozen=True):
    """A policy that is assigned at or above the resource group, with its parameters' values.

    Attributes:
        title: Of its assignment, as the team that assigned it calls it.
        mode: Indexed, for resources with tags and a location; All, for resource groups, too.
    """

    title: str
    assignment_id: str
    mode: str
    rule: Json
    parameters: Json = {}

    @property
    def effect(self) -> str:
        """Its effect, in lower case."""
        return str(_value((self.rule.get("then") or {}).get("effect"), self.parameters)).lower()


class Creation(BaseModel, frozen=True):
    """A resource that is to be created; `supplied` are tags, in lower case, that a policy adds or changes itself."""

    type: str
    location: str
    tags: dict[str, str] = {}
    supplied: frozenset[str] = frozenset()


class Demand(BaseModel, frozen=True):
    """A policy that would deny what the flows create.

    Attributes:
        tags: The tags that it asks for, each with the value that it demands; empty where any will do.
        type: A type of resource that it denies.
    """

    policy: Policy
    type: str
    tags: dict[str, str] = {}

    def __str__(self) -> str:
        """The demand in words."""
        wanted = " and ".join(f"{name}={value}" if value else name for name, value in self.tags.items())
        what = f"demands the tag {wanted}" if wanted else "denies it as it is specified"
        return f"the policy {self.policy.title!r} {what} (first: {self.type})"


def demands(policies: Iterable[Policy], location: str, tags: Mapping[str, str], *, new_group: bool) -> list[Demand]:
    """Return the policies that would deny a resource of the lifecycle's; what is not certain is not counted."""
    known = tuple(policies)
    supplied = frozenset(name.lower() for one in known if one.effect in _TAG_OPERATIONS for name in _tags_set(one))
    types = (*CREATED_TYPES, GROUP_TYPE) if new_group else CREATED_TYPES
    found: dict[str, Demand] = {}
    for kind in types:
        creation = Creation(type=kind, location=location, tags=dict(tags), supplied=supplied)
        for policy in known:
            skipped = policy.effect != "deny" or (kind == GROUP_TYPE and policy.mode.lower() == "indexed")
            if not skipped and _holds(policy.rule.get("if"), creation, policy.parameters):
                wanted = _wanted(policy.rule.get("if"), policy.parameters)
                found.setdefault(policy.assignment_id, Demand(policy=policy, type=kind, tags=wanted))
    return list(found.values())


def _holds(condition: Any, creation: Creation, parameters: Json) -> bool | None:
    """Whether a condition holds; None where that is not known beforehand."""
    if not isinstance(condition, dict):
        return None
    if "not" in condition:
        inner = _holds(condition["not"], creation, parameters)
        return None if inner is None else not inner
    for name, decisive in (("allOf", False), ("anyOf", True)):
        if name in condition:
            results = [_holds(one, creation, parameters) for one in condition[name]]
            return decisive if decisive in results else None if None in results else not decisive
    known, seen = _field(str(_value(condition.get("field"), parameters)), creation)
    return _compared(condition, seen, parameters) if known else None


def _field(path: str, creation: Creation) -> tuple[bool, str | None]:
    """Whether a field's value is known beforehand, and the value."""
    if path.lower() in ("type", "location"):
        return True, creation.type if path.lower() == "type" else creation.location
    name = _tag_of(path)
    if not name or name.lower() in creation.supplied:
        return False, None
    return True, next((value for key, value in creation.tags.items() if key.lower() == name.lower()), None)


def _compared(condition: Json, seen: str | None, parameters: Json) -> bool | None:
    text = (seen or "").lower()
    for name in ("exists", "equals", "notEquals", "in", "notIn"):
        if name not in condition:
            continue
        value = _value(condition[name], parameters)
        if _is_expression(value):
            return None
        if name == "exists":
            return (seen is not None) == (str(value).lower() == "true")
        expected = [str(one).lower() for one in (value if isinstance(value, list) else [value])]
        return (text in expected) == (not name.lower().startswith("not"))
    return None


def _wanted(condition: Any, parameters: Json) -> dict[str, str]:
    """The tags that a rule names, each with the one value that it asks for."""
    if isinstance(condition, list):
        return {name: value for one in condition for name, value in _wanted(one, parameters).items()}
    if not isinstance(condition, dict):
        return {}
    name = _tag_of(str(_value(condition.get("field"), parameters)))
    if name:
        value = _value(condition.get("equals", condition.get("notEquals")), parameters)
        return {name: value if isinstance(value, str) and not _is_expression(value) else ""}
    return {
        name: value
        for key in ("not", "allOf", "anyOf")
        for name, value in _wanted(condition.get(key), parameters).items()
    }


def _tags_set(policy: Policy) -> list[str]:
    """The tags that a modifying policy sets."""
    details = (policy.rule.get("then") or {}).get("details") or {}
    operations = details.get("operations") or () if isinstance(details, dict) else details
    paths = (str(_value(one.get("field"), policy.parameters)) for one in operations)
    return [name for name in map(_tag_of, paths) if name]


def _tag_of(path: str) -> str:
    found = _TAG.match(path)
    return (found[1] or found[2]) if found else ""


def _is_expression(value: object) -> bool:
    return isinstance(value, str) and value.startswith("[") and value.endswith("]")


def _value(text: Any, parameters: Json) -> Any:
    """A value of a rule with parameters and concat replaced; any other expression stays as it is."""
    if not _is_expression(text):
        return text
    inner = text[1:-1].strip()
    if found := _PARAMETER.match(inner):
        return next((value for name, value in parameters.items() if name.lower() == found[1].lower()), text)
    if found := _CONCAT.match(inner):
        parts = [_part(one.strip(), parameters) for one in found[1].split(",")]
        return text if any(map(_is_expression, parts)) else "".join(map(str, parts))
    return text


def _part(text: str, parameters: Json) -> Any:
    return text[1:-1] if text.startswith("'") else _value(f"[{text}]", parameters)


_ASSIGNMENT: Final = re.compile(r'"policyAssignment":\{"name":"([^"]+)","id":"([^"]+)/providers/[^"]+/([^"/]+)"\}')
_EVALUATED: Final = re.compile(r'"path": ?"tags\[\\?[\'"]?([^\]\'"\\]+)')


def policy_advice(message: str, answer: str) -> str:
    """The way out of Azure's RequestDisallowedByPolicy: the tags that are wanted; empty where it can't be read.

    Args:
        message: Azure's sentence, which names the assignments and definitions.
        answer: The whole answer: its details name the conditions that held.
    """
    found = _ASSIGNMENT.search(message)
    if found is None:
        return ""
    title, scope, name = found.groups()
    tags = ", ".join(dict.fromkeys(_EVALUATED.findall(answer)))
    way = (
        f"Fill in Tags of the target, tags: {tags}; they are put on everything that is created"
        if tags
        else "Comply with it"
    )
    return (
        f"{way}. Its owner knows what the policy {title!r} allows, and can give an exemption. Read it: az policy "
        f"assignment show --name {name} --scope {scope}."
    )
