"""Output of all commands: progress, tables, and the same rows for machines."""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping, Sequence
from typing import Final, Literal, TextIO

from rich.console import Console
from rich.table import Table
from rich.text import Text

Output = Literal["table", "json", "tsv"]
Rows = Sequence[Mapping[str, object]]
_UNLIMITED: Final = 10_000


def say(text: str, file: TextIO | None = None) -> None:
    """Write a line at once."""
    print(text, file=file or sys.stdout, flush=True)


def complain(text: str) -> None:
    """Write a line for a person on stderr, so that stdout can be piped."""
    say(text, sys.stderr)


def console() -> Console:
    """Return stdout: in color on a terminal unless NO_COLOR is set, as wide as its text elsewhere."""
    return Console(width=None if sys.stdout.isatty() else _UNLIMITED, highlight=False)


def rows_text(rows: Rows, output: Output, styles: Mapping[object, str] | None = None) -> str:
    """Return rows as a table with a head, as JSON, or as tab-separated values without a head as `az` prints them.

    Args:
        rows: One mapping of column to value for each row; all have the same columns.
        output: The format.
        styles: Colors of values in the table.
    """
    if output == "json":
        return json.dumps(list(rows), indent=2)
    if output == "tsv":
        return "\n".join("\t".join(" ".join(str(one).split()) for one in row.values()) for row in rows)
    out = console()
    table = Table(*(rows[0] if rows else ()), box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="bold")
    for row in rows:
        table.add_row(*(Text(str(one), (styles or {}).get(one, "")) for one in row.values()))
    with out.capture() as shown:
        out.print(table)
    return "\n".join(line.rstrip() for line in shown.get().splitlines())
