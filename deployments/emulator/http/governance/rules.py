"""The rules of policy definitions: conditions on a requested resource, and the changes that `modify` makes to it.

Source: learn.microsoft.com/azure/governance/policy/concepts/definition-structure-policy-rule
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from deployments.emulator.errors import ArmError

Json = dict[str, Any]
TAG = re.compile(r"^tags(?:\[['\"]?(?P<bracketed>[^\]'\"]+)['\"]?\]|\.(?P<dotted>.+))$", re.IGNORECASE)
PARAMETER = re.compile(r"^parameters\('(\w+)'\)$", re.IGNORECASE)
CONCAT = re.compile(r"^concat\((.*)\)$", re.IGNORECASE)
GROUP_TAG = re.compile(r"^resourceGroup\(\)\.tags\[(.+)\]$", re.IGNORECASE)


@dataclass
class Candidate:
    """A resource as a request wants it, and what a rule may ask about it.

    Attributes:
        document: Its body; `modify` changes it.
        parameters: The values of the policy's parameters, by name in lower case.
        evaluated: The conditions on fields that held, as Azure's refusal names them.
    """

    kind: str
    name: str
    document: Json
    parameters: Json
    group_tags: dict[str, str]
    evaluated: list[Json] = field(default_factory=list)

    def matches(self, condition: Json) -> bool:
        """Whether a condition holds."""
        if "not" in condition:
            return not self.matches(condition["not"])
        if "allOf" in condition:
            return all(self.matches(one) for one in condition["allOf"])
        if "anyOf" in condition:
            return any(self.matches(one) for one in condition["anyOf"])
        return self._leaf(condition)

    def _leaf(self, condition: Json) -> bool:
        name, expected = next((one for one in condition.items() if one[0] in OPERATORS), ("", None))
        if not name:
            raise _unknown(str(condition))
        target = self.value(expected)
        if "value" in condition:
            return OPERATORS[name](self.value(condition["value"]), target)
        path = str(self.value(condition["field"]))
        seen = self.field(path)
        holds = OPERATORS[name](seen, target)
        if holds:
            entry = {"result": "True", "expressionKind": "Field", "expression": path, "path": path}
            entry |= {"operator": name[0].upper() + name[1:], "targetValue": target}
            self.evaluated.append(entry if seen is None else {**entry, "expressionValue": seen})
        return holds

    def field(self, path: str) -> Any:
        """The value of a field or alias; None where the resource has none."""
        if found := TAG.match(path):
            return _of(self.document.get("tags") or {}, found["bracketed"] or found["dotted"])
        if path.lower() in ("type", "name"):
            return self.kind if path.lower() == "type" else self.name
        if "/" not in path:
            return self.document.get(path)
        at: Any = self.document.get("properties")
        for part in self._alias(path):
            at = _of(at, part) if isinstance(at, dict) else None
        return at

    def modify(self, operation: Json) -> None:
        """Carry out one operation of `modify`: add, addOrReplace or remove."""
        kind, path = operation["operation"].lower(), str(self.value(operation["field"]))
        if kind == "add" and self.field(path) is not None:
            return
        place, name = self._place(path)
        for key in [one for one in place if one.lower() == name.lower()]:
            del place[key]
        if kind != "remove":
            place[name] = self.value(operation["value"])

    def _place(self, path: str) -> tuple[Json, str]:
        if found := TAG.match(path):
            self.document["tags"] = dict(self.document.get("tags") or {})
            return self.document["tags"], found["bracketed"] or found["dotted"]
        parts = self._alias(path)
        place: Json = self.document.setdefault("properties", {})
        for part in parts[:-1]:
            place = place.setdefault(part, {})
        return place, parts[-1]

    def _alias(self, path: str) -> list[str]:
        """The parts of an alias behind the resource's type; another type's has no value here."""
        is_own = path.lower().startswith(f"{self.kind.lower()}/")
        return path[len(self.kind) + 1 :].split(".") if is_own else ["", path]

    def value(self, text: Any) -> Any:
        """A value of a rule with its expression replaced: parameters, concat and tags of the resource group."""
        if not (isinstance(text, str) and text.startswith("[") and text.endswith("]")):
            return text
        return self._expression(text[1:-1].strip())

    def _expression(self, text: str) -> Any:
        if text.startswith("'") and text.endswith("'"):
            return text[1:-1]
        if found := PARAMETER.match(text):
            return self.parameters.get(found[1].lower())
        if found := GROUP_TAG.match(text):
            return _of(self.group_tags, str(self._expression(found[1]))) or ""
        if found := CONCAT.match(text):
            return "".join(str(self._expression(part.strip())) for part in found[1].split(","))
        raise _unknown(text)


def _of(names: Json, name: str) -> Any:
    return next((value for key, value in names.items() if key.lower() == name.lower()), None)


def _same(seen: Any, expected: Any) -> bool:
    return str(seen if seen is not None else "").lower() == str(expected).lower()


def _among(seen: Any, expected: Any) -> bool:
    return any(_same(seen, one) for one in expected or ())


OPERATORS: dict[str, Callable[[Any, Any], bool]] = {
    "exists": lambda seen, expected: (seen is not None) == (str(expected).lower() == "true"),
    "equals": _same,
    "notEquals": lambda seen, expected: not _same(seen, expected),
    "in": _among,
    "notIn": lambda seen, expected: not _among(seen, expected),
}


def _unknown(what: str) -> ArmError:
    return ArmError(501, "NotImplementedByEmulator", f"The emulator does not evaluate {what} of a policy's rule.")
