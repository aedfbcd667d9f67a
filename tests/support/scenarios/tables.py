"""The tests' own table of scenarios: what a diagnosis has to say of each, alone and in pairs."""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import combinations

from support.paths import ROOT
from tasks.domain.diagnostics.verdict import Health

EXPECTED = ROOT / "tests" / "tasks" / "checks" / "scenarios.md"
NONE = "–"
# An endpoint in a cluster has no private way in, no isolation of its own, and another front.
CLUSTER = frozenset(
    ("cluster", "network", "private endpoint", "zone", "link", "resolver", "connection", "front", "isolation", "keys")
)
# What stands on the way of a scoring call: something wrong here may hide what is wrong further on.
ON_THE_WAY = CLUSTER - {"network", "isolation"} | {"endpoint", "deployment", "traffic", "looking"}


@dataclass(frozen=True)
class Row:
    """What a diagnosis has to say of one scenario, and what the scenario occupies."""

    name: str
    health: Health
    cause: str
    remedy: str
    where: frozenset[str]

    @property
    def is_on_the_way(self) -> bool:
        """Whether it may hide something, or be hidden."""
        return bool(self.where & ON_THE_WAY)


@dataclass(frozen=True)
class Together:
    """Two scenarios at once: the one cause, and what is wrong besides."""

    first: str
    second: str
    cause: str
    suspects: tuple[str, ...]


def expected() -> dict[str, Row]:
    """The tests' table, by name."""
    found = {}
    for name, health, cause, remedy, where in _table("| scenario |"):
        places = frozenset(part.strip() for part in where.split(","))
        occupied = CLUSTER if "cluster" in places else places
        found[name] = Row(name, health, _text(cause), _text(remedy), occupied)
    return found


def together() -> list[Together]:
    """The tests' table of pairs whose outcome is written down."""
    rows = _table("| scenarios |")
    pairs = [(names.split(" + "), cause, _text(suspects)) for names, cause, suspects in rows]
    return [
        Together(first, second, cause, tuple(suspects.split(", ") if suspects else ()))
        for (first, second), cause, suspects in pairs
    ]


def drawn_pairs(each: int) -> Iterator[tuple[Row, Row]]:
    """So many partners by lot for every scenario, of those it can be in force with; always the same ones."""
    rows, drawn = expected().values(), set()
    for one in rows:
        partners = [other for other in rows if not one.where & other.where]
        for other in sorted(partners, key=lambda other: zlib.crc32(f"{one.name} {other.name}".encode()))[:each]:
            drawn.add(frozenset((one.name, other.name)))
    for first, second in combinations(rows, 2):
        if {first.name, second.name} in drawn:
            yield first, second


def _table(head: str) -> list[list[str]]:
    lines = EXPECTED.read_text().splitlines()
    begin = next(at for at, line in enumerate(lines) if line.startswith(head)) + 2
    rows = []
    for line in lines[begin:]:
        if not line.startswith("|"):
            break
        rows.append([cell.strip() for cell in line.strip().strip("|").split("|")])
    return rows


def _text(cell: str) -> str:
    return "" if cell == NONE else cell
