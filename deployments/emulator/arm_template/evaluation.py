"""Evaluates the expressions of a template."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from typing import Any

from deployments.emulator.arm_template.expressions import (
    ExpressionError,
    FunctionCall,
    Literal,
    Node,
    is_expression,
    parse,
    unescaped,
)
from deployments.emulator.arm_template.functions import FUNCTIONS

LAZY = ("if", "and", "or")


class Scope:
    """The scope of an expression: its parameters, its variables, and the functions that it may call.

    `special` are the functions that depend on that (resourceGroup(), reference(), copyIndex() …), named in lower case.
    """

    def __init__(
        self, parameters: dict[str, Any], variables: dict[str, Any], special: dict[str, Callable[..., Any]]
    ) -> None:
        self._parameters = {name.lower(): value for name, value in parameters.items()}
        self._variables = {name.lower(): value for name, value in variables.items()}
        own: dict[str, Callable[..., Any]] = {"parameters": self._parameter, "variables": self._variable}
        self._given = special
        self._special = {**own, "newguid": _new_guid, **special}

    def with_functions(self, **special: Callable[..., Any]) -> Scope:
        """The same scope with more functions, or other ones."""
        return Scope(self._parameters, self._variables, {**self._given, **special})

    def knows(self, function: str) -> bool:
        """Return whether there is a function of this name (in lower case)."""
        return function in FUNCTIONS or function in self._special or function in LAZY

    def value(self, document: Any) -> Any:
        """A document with every expression in it replaced by its value.

        Raises:
            ExpressionError: an expression has no value here.
        """
        if isinstance(document, dict):
            return {self.value(name): self.value(inner) for name, inner in document.items()}
        if isinstance(document, list):
            return [self.value(inner) for inner in document]
        if isinstance(document, str):
            return self.node_value(parse(document)) if is_expression(document) else unescaped(document)
        return document

    def node_value(self, node: Node) -> Any:
        """The value of an expression's tree.

        Raises:
            ExpressionError: it has none here.
        """
        if isinstance(node, Literal):
            return node.value
        if isinstance(node, FunctionCall):
            return self._choose(node) if node.name in LAZY else self._call(node)
        return _member(self.node_value(node.of), self.node_value(node.key))

    def _choose(self, node: FunctionCall) -> Any:
        """Evaluate the functions that evaluate only the arguments they need."""
        if node.name == "if":
            condition, yes, no = node.arguments
            return self.node_value(yes if self.node_value(condition) else no)
        decisive = node.name == "or"
        return decisive if any(bool(self.node_value(a)) is decisive for a in node.arguments) else not decisive

    def _call(self, node: FunctionCall) -> Any:
        function = self._special.get(node.name) or FUNCTIONS.get(node.name)
        if function is None:
            raise ExpressionError(f"The template function '{node.name}' is not valid.")
        arguments = [self.node_value(argument) for argument in node.arguments]
        try:
            return function(*arguments)
        except (TypeError, ValueError, AttributeError, ZeroDivisionError, IndexError, KeyError) as error:
            raise ExpressionError(
                f"The template language function '{node.name}' was given arguments that it does not take: {error}."
            ) from error

    def _parameter(self, name: str) -> Any:
        if name.lower() not in self._parameters:
            raise ExpressionError(f"The template parameter '{name}' is not found.")
        return self._parameters[name.lower()]

    def _variable(self, name: str) -> Any:
        if name.lower() not in self._variables:
            raise ExpressionError(f"The template variable '{name}' is not found.")
        return self.value(self._variables[name.lower()])


def _new_guid() -> str:
    return str(uuid.uuid4())


def _member(of: Any, key: Any) -> Any:
    if isinstance(of, dict):
        for name, value in of.items():
            if name.lower() == str(key).lower():
                return value
        known = ", ".join(of)
        raise ExpressionError(
            f"The language expression property '{key}' doesn't exist, available properties are '{known}'."
        )
    if isinstance(of, list) and isinstance(key, int) and 0 <= key < len(of):
        return of[key]
    raise ExpressionError(f"The language expression property '{key}' can't be evaluated.")
