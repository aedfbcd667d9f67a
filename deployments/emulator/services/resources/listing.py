"""Lists of resources of any type, with the filters that the resource manager supports."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any
from urllib.parse import quote

from deployments.emulator.errors import bad_request
from deployments.emulator.http.access import may_see
from deployments.emulator.http.call import Answer, Call
from deployments.emulator.http.routing import Route
from deployments.emulator.services.resources.groups import GROUP
from deployments.emulator.state import Resource, type_of

PAGE = 1000
SHOWN = ("kind", "sku", "identity", "tags", "managedBy", "zones")
COMPARISON = re.compile(r"^(\w+(?:/\w+)?)\s+(eq|ne)\s+'((?:[^']|'')*)'$")
SUBSTRING = re.compile(r"^substringof\('((?:[^']|'')*)',\s*(\w+)\)$")
STARTS = re.compile(r"^startswith\((\w+),\s*'((?:[^']|'')*)'\)$")

Predicate = Callable[[dict[str, Any]], bool]


def routes() -> list[Route]:
    """Resources of a subscription and of a resource group."""
    return [
        Route(
            "GET",
            "/subscriptions/{subscription}/resources",
            _in_subscription,
            action="Microsoft.Resources/subscriptions/resources/read",
            filtered=True,
        ),
        Route(
            "GET",
            GROUP + "/resources",
            _in_group,
            action="Microsoft.Resources/subscriptions/resourceGroups/resources/read",
            filtered=True,
        ),
    ]


def _in_subscription(call: Call) -> Answer:
    return _answer(call, f"/subscriptions/{call.params['subscription']}")


def _in_group(call: Call) -> Answer:
    group = call.path.rstrip("/").rsplit("/", 1)[0]
    call.emulator.resources.require(group)
    return _answer(call, group)


def _answer(call: Call, scope: str) -> Answer:
    matches = parse_filter(call.query.get("$filter", ""))
    shown = [resource for resource in call.emulator.resources.below(scope) if _is_shown(call, resource)]
    dated = "createdtime" in call.query.get("$expand", "").lower()
    entries = [_entry(resource) | ({"createdTime": resource.created} if dated else {}) for resource in shown]
    return _page(call, [entry for entry in entries if matches(entry)])


def _page(call: Call, entries: list[dict[str, Any]]) -> Answer:
    start = int(call.query.get("$skiptoken") or 0)
    size = min(int(call.query.get("$top") or PAGE), PAGE)
    body: dict[str, Any] = {"value": entries[start : start + size]}
    if start + size < len(entries):
        query = {**call.query, "$skiptoken": str(start + size)}
        body["nextLink"] = f"{call.url}?{'&'.join(f'{name}={quote(value)}' for name, value in query.items())}"
    return Answer(200, body)


def _is_shown(call: Call, resource: Resource) -> bool:
    """Return whether a resource is listed, and the caller may read it; no subnets, record sets or deployments are."""
    kind = type_of(resource.id)
    return "location" in resource.body and bool(kind) and may_see(call, resource.id, f"{kind}/read")


def _entry(resource: Resource) -> dict[str, Any]:
    found = {name: resource.body[name] for name in SHOWN if resource.body.get(name) is not None}
    kind = resource.body.get("type") or type_of(resource.id)
    _, _, inner = resource.id.rpartition("/providers/")
    name = "/".join(inner.split("/")[2::2])
    return {"id": resource.id, "name": name, "type": kind, "location": resource.body["location"], **found}


def parse_filter(text: str) -> Predicate:
    """A `$filter` of comparisons joined by `and`.

    Raises:
        ArmError: 400 InvalidFilterInQueryString, for anything else.
    """
    predicates = [_term(part.strip()) for part in re.split(r"\s+and\s+", text.strip())] if text.strip() else []
    names = [name for name, _ in predicates]
    if "tagname" in names:
        return _with_tags(text, [predicate for name, predicate in predicates if name not in ("tagname", "tagvalue")])
    return lambda entry: all(predicate(entry) for _, predicate in predicates)


def _with_tags(text: str, others: list[Predicate]) -> Predicate:
    """Apply `tagName eq 'a' and tagValue eq 'b'`, which belong together."""
    values = {
        name.lower(): value for name, value in re.findall(r"(tagName|tagValue)\s+eq\s+'([^']*)'", text, re.IGNORECASE)
    }

    def matches(entry: dict[str, Any]) -> bool:
        tags = {name.lower(): value for name, value in (entry.get("tags") or {}).items()}
        name = values["tagname"].lower()
        return name in tags and values.get("tagvalue", tags[name]) == tags[name] and all(o(entry) for o in others)

    return matches


def _term(text: str) -> tuple[str, Predicate]:
    if found := COMPARISON.match(text):
        name, operator, value = found[1].lower(), found[2], found[3].replace("''", "'").lower()
        value = value.replace(" ", "") if name == "location" else value
        return name, lambda entry: (_field(entry, name) == value) == (operator == "eq")
    if found := SUBSTRING.match(text):
        part, name = found[1].lower(), found[2].lower()
        return name, lambda entry: part in _field(entry, name)
    if found := STARTS.match(text):
        name, part = found[1].lower(), found[2].lower()
        return name, lambda entry: _field(entry, name).startswith(part)
    raise bad_request("InvalidFilterInQueryString", f"Invalid $filter '{text}' specified in the query string.")


def _field(entry: dict[str, Any], name: str) -> str:
    if name == "resourcetype":
        return str(entry["type"]).lower()
    if name == "resourcegroup":
        return str(entry["id"].split("/")[4]).lower()
    found = next((value for key, value in entry.items() if key.lower() == name), "")
    return str(found).replace(" ", "").lower() if name == "location" else str(found).lower()
