"""The forms of the deployments: titles of parameters, and the workspace's block already chosen."""

from __future__ import annotations

import importlib
from typing import Any, get_type_hints

from prefect import Flow
from prefect.client.orchestration import PrefectClient
from prefect.utilities.callables import parameter_schema
from pydantic.fields import FieldInfo


def form_of(entrypoint: str) -> dict[str, Any]:
    """Return the schema of a flow's form, as the UI shows it.

    Prefect uses a parameter's name as its title whatever its annotation says.
    """
    module, _, name = entrypoint.rpartition(".")
    flow = vars(importlib.import_module(module))[name]
    return shown_schema(parameter_schema(flow).model_dump(exclude_unset=True), flow)


def shown_schema(schema: dict[str, Any], flow: Flow[..., Any]) -> dict[str, Any]:
    """Return the schema with the titles of the flow's annotations, and without defaults of null."""
    hints = get_type_hints(flow.fn, include_extras=True)
    titles = {name: _title(getattr(hint, "__metadata__", ())) for name, hint in hints.items()}
    shown = {name: {**one, "title": titles.get(name) or one.get("title")} for name, one in schema["properties"].items()}
    found: dict[str, Any] = _without_empty_defaults({**schema, "properties": shown})
    return found


def _without_empty_defaults(schema: Any) -> Any:
    """Return the schema without defaults of null: the form would fill them in, and the server refuse them."""
    if isinstance(schema, list):
        return [_without_empty_defaults(one) for one in schema]
    if not isinstance(schema, dict):
        return schema
    return {
        name: _without_nulls(one) if name == "default" else _without_empty_defaults(one)
        for name, one in schema.items()
        if not (name == "default" and one is None and "anyOf" not in schema)
    }


def _without_nulls(default: Any) -> Any:
    """Return a default without its null fields, which the field's own default leaves empty, too."""
    if isinstance(default, dict):
        return {name: _without_nulls(one) for name, one in default.items() if one is not None}
    return [_without_nulls(one) for one in default] if isinstance(default, list) else default


def _title(metadata: tuple[object, ...]) -> str | None:
    return next((one.title for one in metadata if isinstance(one, FieldInfo) and one.title), None)


async def by_id(client: PrefectClient, value: Any) -> Any:
    """Return the value with each block that is named by type and name as the UI knows it: by its id."""
    if isinstance(value, list):
        return [await by_id(client, one) for one in value]
    if not isinstance(value, dict):
        return value
    reference = value.get("$ref")
    if isinstance(reference, dict) and "block_document_slug" in reference:
        kind, _, name = reference["block_document_slug"].partition("/")
        found = await client.read_block_document_by_name(name, kind)
        return {"$ref": {"block_document_id": str(found.id)}}
    return {name: await by_id(client, one) for name, one in value.items()}
