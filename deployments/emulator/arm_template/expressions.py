"""Reads the expression language of ARM templates: `[concat(parameters('a'), variables('b').c[0])]`."""

from __future__ import annotations

import functools
import re
from collections.abc import Iterator
from dataclasses import dataclass

TOKEN = re.compile(r"\s*(?:('(?:[^']|'')*')|(-?\d+)|([A-Za-z_]\w*)|([()\[\],.]))")


class ExpressionError(Exception):
    """An expression that can't be read or has no value; the message is a sentence for the template's author."""


@dataclass(frozen=True, slots=True)
class Literal:
    """A string or a number."""

    value: str | int


@dataclass(frozen=True, slots=True)
class FunctionCall:
    """A function and its arguments; the name is in lower case."""

    name: str
    arguments: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Member:
    """A property of an object or an item of an array: `of.key` or `of[key]`."""

    of: Node
    key: Node


Node = Literal | FunctionCall | Member


def is_expression(text: str) -> bool:
    """Return whether this string is an expression; `[[…` is an escaped bracket, not one."""
    return text.startswith("[") and text.endswith("]") and not text.startswith("[[")


def unescaped(text: str) -> str:
    """A string that is not an expression, as its author meant it."""
    return text[1:] if text.startswith("[[") else text


@functools.lru_cache(maxsize=4096)
def parse(text: str) -> Node:
    """The tree of an expression, given with its brackets.

    Raises:
        ExpressionError: the text doesn't follow the grammar.
    """
    reader = _Reader(text[1:-1])
    node = reader.expression()
    reader.expect_end()
    return node


def calls_in(node: Node) -> Iterator[FunctionCall]:
    """Every function call in a tree, the outermost first."""
    if isinstance(node, FunctionCall):
        yield node
        for argument in node.arguments:
            yield from calls_in(argument)
    elif isinstance(node, Member):
        yield from calls_in(node.of)
        yield from calls_in(node.key)


class _Reader:
    def __init__(self, text: str) -> None:
        self._text = text
        self._tokens = list(_tokens(text))
        self._at = 0

    def _peek(self) -> str:
        return self._tokens[self._at] if self._at < len(self._tokens) else ""

    def _take(self, expected: str = "") -> str:
        token = self._peek()
        if not token or (expected and token != expected):
            raise ExpressionError(
                f"The language expression '{self._text}' is not valid: "
                f"expected '{expected or 'a value'}', found '{token or 'the end'}'."
            )
        self._at += 1
        return token

    def expect_end(self) -> None:
        if self._peek():
            raise ExpressionError(
                f"The language expression '{self._text}' is not valid: '{self._peek()}' is not expected there."
            )

    def expression(self) -> Node:
        node = self._primary()
        while self._peek() in (".", "["):
            if self._take() == ".":
                node = Member(node, Literal(self._take()))
            else:
                node = Member(node, self.expression())
                self._take("]")
        return node

    def _primary(self) -> Node:
        token = self._take()
        if token.startswith("'"):
            return Literal(token[1:-1].replace("''", "'"))
        if token.lstrip("-").isdigit():
            return Literal(int(token))
        self._take("(")
        arguments: list[Node] = []
        while self._peek() != ")":
            arguments.append(self.expression())
            if self._peek() != ")":
                self._take(",")
        self._take(")")
        return FunctionCall(token.lower(), tuple(arguments))


def _tokens(text: str) -> Iterator[str]:
    at = 0
    text = text.rstrip()
    while at < len(text):
        found = TOKEN.match(text, at)
        if not found:
            raise ExpressionError(f"The language expression '{text}' is not valid at position {at}.")
        yield next(group for group in found.groups() if group is not None)
        at = found.end()
