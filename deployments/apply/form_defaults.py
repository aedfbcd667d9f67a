"""Values of a form without those that repeat its defaults: the Prefect UI writes all of them when one is edited."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

Schema = Mapping[str, Any]


def without_defaults(values: Mapping[str, Any], schema: Schema) -> dict[str, Any]:
    """Return the values that differ from the defaults of their fields, at every depth. They have the same effect."""
    return _stripped(values, schema, schema.get("definitions", {}))


def _stripped(values: Mapping[str, Any], schema: Schema, definitions: Schema) -> dict[str, Any]:
    fields = schema.get("properties", {})
    found = {name: _plain(value, fields.get(name, {}), definitions) for name, value in values.items()}
    return {
        name: value
        for name, value in found.items()
        if name not in fields or not _is_default(value, fields[name], definitions)
    }


def _plain(value: Any, schema: Schema, definitions: Schema) -> Any:
    shown = _one_object(schema, definitions)
    is_object = isinstance(value, dict) and "$ref" not in value and shown is not None
    return _stripped(value, shown, definitions) if is_object and shown is not None else value


def _one_object(schema: Schema, definitions: Schema) -> Schema | None:
    """Return the schema of the object that a field holds; None for other fields, and where there are several kinds."""
    kinds = [one for one in (*schema.get("allOf", ()), *schema.get("anyOf", ()), schema) if "$ref" in one]
    if len(kinds) != 1 or "oneOf" in schema:
        return None
    found: Schema | None = definitions.get(kinds[0]["$ref"].rpartition("/")[2])
    return found if found and "properties" in found else None


def _is_default(value: Any, field: Schema, definitions: Schema) -> bool:
    if value is None:
        return True
    return "default" in field and value == _plain(field["default"], field, definitions)
