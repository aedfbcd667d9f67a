"""The parameters of a template: given values checked, defaults evaluated."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from deployments.emulator.arm_template.evaluation import Scope
from deployments.emulator.arm_template.expressions import ExpressionError

TYPES: dict[str, type | tuple[type, ...]] = {
    "string": str,
    "securestring": str,
    "int": int,
    "bool": bool,
    "object": dict,
    "secureobject": dict,
    "array": list,
}
HELP = "Please see https://aka.ms/arm-create-parameter-file for usage details."


def is_secret(declaration: dict[str, Any]) -> bool:
    """Return whether this is a parameter whose value Azure never shows again."""
    return str(declaration.get("type", "")).lower().startswith("secure")


def resolve(declared: dict[str, Any], given: dict[str, Any], special: dict[str, Callable[..., Any]]) -> dict[str, Any]:
    """The value of every declared parameter; defaults may depend on other parameters, in any order.

    A value that is null counts as not given: the SDK's workspace template comes with fifteen such values.

    Raises:
        ExpressionError: a value is missing, not allowed, of the wrong type, or for no declared parameter.
    """
    _refuse_unknown(declared, given)
    values = {name.lower(): entry["value"] for name, entry in given.items() if entry.get("value") is not None}
    by_name = {name.lower(): declaration for name, declaration in declared.items()}
    resolved: dict[str, Any] = {}
    pending: set[str] = set()

    def value_of(name: str) -> Any:
        key = name.lower()
        if key in pending or key not in by_name:
            raise ExpressionError(f"The template parameter '{name}' is not found, or depends on itself.")
        if key not in resolved:
            pending.add(key)
            resolved[key] = values[key] if key in values else _default(name, by_name[key], scope)
            pending.discard(key)
        return resolved[key]

    scope = Scope({}, {}, {**special, "parameters": value_of})
    found = {name: value_of(name) for name in declared}
    for name, declaration in declared.items():
        _check(name, declaration, found[name])
    return found


def _refuse_unknown(declared: dict[str, Any], given: dict[str, Any]) -> None:
    known = {name.lower() for name in declared}
    unknown = [name for name in given if name.lower() not in known]
    if unknown:
        raise ExpressionError(
            f"The following parameters were supplied, but do not correspond to any parameters defined in the template: "
            f"'{', '.join(unknown)}'. The parameters defined in the template are: '{', '.join(declared)}'. {HELP}"
        )


def _default(name: str, declaration: dict[str, Any], scope: Scope) -> Any:
    if "defaultValue" not in declaration:
        raise ExpressionError(f"The value for the template parameter '{name}' is not provided. {HELP}")
    return scope.value(declaration["defaultValue"])


def _check(name: str, declaration: dict[str, Any], value: Any) -> None:
    kind = str(declaration.get("type", "")).lower()
    expected = TYPES.get(kind)
    if expected is None:
        raise ExpressionError(f"The template parameter '{name}' has the unknown type '{kind}'.")
    if not isinstance(value, expected) or (kind == "int" and isinstance(value, bool)):
        raise ExpressionError(
            f"The value of the template parameter '{name}' is of type '{type(value).__name__}', "
            f"expected is '{kind}'. {HELP}"
        )
    allowed = declaration.get("allowedValues")
    if allowed and str(value).lower() not in {str(choice).lower() for choice in allowed}:
        raise ExpressionError(
            f"The provided value for the template parameter '{name}' is not valid. The value '{value}' is not part of "
            f"the allowed value(s): '{','.join(map(str, allowed))}'."
        )
