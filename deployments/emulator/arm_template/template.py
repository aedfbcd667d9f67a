"""The resources that a template declares, with which parameters, in which order."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Any

from deployments.emulator.arm_template.evaluation import Scope
from deployments.emulator.arm_template.expressions import ExpressionError, calls_in, is_expression, parse
from deployments.emulator.arm_template.parameters import resolve
from deployments.emulator.arm_template.resource_ids import Place

RUNTIME = ("reference", "listkeys")
LATER = (*RUNTIME, "copyindex")


@dataclass(frozen=True, slots=True)
class PlannedResource:
    """One resource of a template: its name, whether its condition holds, and what must exist before it."""

    id: str
    type: str
    name: str
    api_version: str
    location: str
    included: bool
    explicit: tuple[str, ...]
    implicit: tuple[str, ...]
    document: dict[str, Any]
    scope: Scope

    @property
    def depends_on(self) -> set[str]:
        """The ids, in lower case, that come first."""
        return {identity.lower() for identity in (*self.explicit, *self.implicit)}


@dataclass(frozen=True, slots=True)
class Template:
    """A template with its parameters' values, in a place (subscription and resource group)."""

    parameters: dict[str, Any]
    declared: dict[str, Any]
    outputs: dict[str, Any]
    resources: list[PlannedResource]
    scope: Scope


def read_template(
    document: dict[str, Any], given: dict[str, Any], place: Place, special: dict[str, Callable[..., Any]]
) -> Template:
    """The plan of a template; `special` are the functions that ask Azure.

    Raises:
        ExpressionError: the template is wrong, or a parameter's value doesn't fit it.
    """
    functions = {**place.functions(), **special}
    declared = document.get("parameters") or {}
    parameters = resolve(declared, given, functions)
    scope = Scope(parameters, document.get("variables") or {}, functions)
    check_functions(document.get("resources"), scope)
    resources = [planned for entry in _entries(document) for planned in _plan(entry, scope, place)]
    _refuse_duplicates(resources)
    resources = _with_ids(resources)
    _refuse_circles(resources)
    return Template(parameters, declared, document.get("outputs") or {}, resources, scope)


def _entries(document: dict[str, Any]) -> list[dict[str, Any]]:
    """The resources, which newer templates write as an object of named ones."""
    entries = document.get("resources") or []
    return list(entries.values()) if isinstance(entries, dict) else entries


def check_functions(document: Any, scope: Scope) -> None:
    """Refuse invalid expressions and unknown functions before anything is made.

    Raises:
        ExpressionError: naming the expression or the function.
    """
    for text in _expressions(document):
        for call in calls_in(parse(text)):
            if not scope.knows(call.name) and call.name not in LATER:
                raise ExpressionError(f"The template function '{call.name}' is not valid.")


def _expressions(document: Any) -> Iterator[str]:
    if isinstance(document, dict):
        for name, inner in document.items():
            yield from _expressions(name)
            yield from _expressions(inner)
    elif isinstance(document, list):
        for inner in document:
            yield from _expressions(inner)
    elif isinstance(document, str) and is_expression(document):
        yield document


def _plan(
    entry: dict[str, Any], scope: Scope, place: Place, parent: tuple[str, str] = ("", "")
) -> list[PlannedResource]:
    """A resource, its copies and the resources written inside it."""
    found = []
    for own in _copies(entry, scope):
        planned = _planned(entry, own, place, parent)
        found.append(planned)
        for child in entry.get("resources") or []:
            found += _plan(child, own, place, (planned.type, planned.name))
    return found


def _copies(entry: dict[str, Any], scope: Scope) -> list[Scope]:
    copy = entry.get("copy")
    if not copy:
        return [scope]
    return [scope.with_functions(copyindex=_copy_index(number)) for number in range(int(scope.value(copy["count"])))]


def _copy_index(number: int) -> Callable[..., int]:
    def copy_index(first: Any = 0, offset: int = 0) -> int:
        return number + (first if isinstance(first, int) else offset)

    return copy_index


def _planned(entry: dict[str, Any], scope: Scope, place: Place, parent: tuple[str, str]) -> PlannedResource:
    missing = next((name for name in ("type", "name", "apiVersion") if name not in entry), None)
    if missing:
        raise ExpressionError(f"The template resource has no '{missing}' property.")
    kind = "/".join(filter(None, [parent[0], entry["type"]]))
    name = "/".join(filter(None, [parent[1], str(scope.value(entry["name"]))]))
    own = place.elsewhere(scope.value(entry.get("subscriptionId")), scope.value(entry.get("resourceGroup")))
    return PlannedResource(
        id=own.resource_id(kind, name, scope.value(entry.get("scope"))),
        type=kind,
        name=name,
        api_version=scope.value(entry["apiVersion"]),
        location=scope.value(entry.get("location")) or "",
        included=bool(scope.value(entry.get("condition", True))),
        explicit=tuple(scope.value(entry.get("dependsOn") or [])),
        implicit=tuple(_referenced(entry, scope)),
        document=entry,
        scope=scope,
    )


def _referenced(entry: dict[str, Any], scope: Scope) -> Iterator[str]:
    """Return the targets of `reference()` and the `list…()` functions: made first, as if they stood in dependsOn."""
    for text in _expressions({"properties": entry.get("properties")}):
        for call in calls_in(parse(text)):
            if call.name in RUNTIME and call.arguments:
                yield str(scope.node_value(call.arguments[0]))


def _with_ids(resources: list[PlannedResource]) -> list[PlannedResource]:
    """The resources with every dependency as an id; a template may also write the bare name."""
    by_name = {planned.name.lower(): planned.id for planned in resources}
    by_name |= {planned.name.rsplit("/", 1)[-1].lower(): planned.id for planned in resources}
    known = {planned.id.lower(): planned.id for planned in resources}

    def identity(text: str) -> str:
        return known.get(text.lower()) or by_name.get(text.lower(), text)

    return [
        replace(
            planned,
            explicit=tuple(map(identity, planned.explicit)),
            implicit=tuple(map(identity, planned.implicit)),
        )
        for planned in resources
    ]


def _refuse_duplicates(resources: list[PlannedResource]) -> None:
    seen: set[str] = set()
    for planned in resources:
        if planned.included and planned.id.lower() in seen:
            raise ExpressionError(f"The resource '{planned.id}' is defined multiple times in a template.")
        seen |= {planned.id.lower()} if planned.included else set()


def _refuse_circles(resources: list[PlannedResource]) -> None:
    """Take away, again and again, what waits for nothing: what is left waits for itself."""
    left = {planned.id.lower(): planned.depends_on for planned in resources if planned.included}
    while left:
        ready = [key for key, needs in left.items() if not needs & left.keys()]
        if not ready:
            names = ", ".join(left)
            raise ExpressionError(f"Circular dependency detected on resource: '{names}'.")
        for key in ready:
            del left[key]
