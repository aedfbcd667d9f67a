"""Optional values in Prefect's forms, which would show `X | None` as a choice between types."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from pydantic import GetCoreSchemaHandler, GetJsonSchemaHandler
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema, core_schema


@dataclass(frozen=True)
class OrEmpty:
    """Mark an optional field: its form is that of its value, and empty input is None."""

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        """Convert empty text to None, then validate as without the mark."""
        return core_schema.no_info_before_validator_function(_none_if_empty, handler(source))

    def __get_pydantic_json_schema__(self, schema: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        """Show the value's own schema."""
        shown = handler(schema)
        variants = [one for one in shown.get("anyOf", []) if one != {"type": "null"}]
        if len(variants) != 1:
            return shown
        return {**{name: one for name, one in shown.items() if name != "anyOf"}, **variants[0]}


def _none_if_empty(value: object) -> object:
    return None if isinstance(value, str) and not value.strip() else value
