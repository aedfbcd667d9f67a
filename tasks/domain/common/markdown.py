"""Build the Markdown of every page: escaping, tables, code blocks, sections."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from tasks.domain.common.commands import split_commands


class Markup(str):
    """Text in which Markdown is meant. Only this type is put into a table as it is."""

    __slots__ = ()


def escaped(text: object) -> Markup:
    """Escape prose so that Markdown finds no markup in it; `table` escapes the pipes."""
    return Markup(re.sub(r"([\\`*_\[\]<>#~&!])", r"\\\1", re.sub(r"\s+", " ", str(text)).strip()))


def with_commands(text: str) -> str:
    """Return prose with each command in a code block of its own, ready to copy."""
    parts = [part.strip(" ()") if at % 2 == 0 else part for at, part in enumerate(split_commands(text))]
    blocks = [code_block(part) if at % 2 else escaped(part.lstrip(".;, ")) for at, part in enumerate(parts)]
    return "\n\n".join(one for one in blocks if one)


def table(head: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """Return a Markdown table, or the empty string without rows; its cells are escaped unless they are `Markup`."""
    lines = ["| " + " | ".join(_cell(cell) for cell in row) + " |" for row in rows]
    if not lines:
        return ""
    return "\n".join(["| " + " | ".join(head) + " |", "|" + " --- |" * len(head), *lines])


def _cell(cell: object) -> str:
    """Return a value as one line that can't break a table."""
    return " ".join((cell if isinstance(cell, Markup) else escaped(cell)).split()).replace("|", "\\|")


def section(title: str, body: str) -> str:
    """Return a section under its title, or the empty string without a body."""
    return f"## {title}\n\n{body}" if body else ""


def code_block(text: str) -> str:
    """Return a fenced block whose fence the text can't close."""
    fence = "```"
    while fence in text:
        fence += "`"
    return f"{fence}\n{text.rstrip()}\n{fence}"
