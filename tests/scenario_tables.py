"""The tables of scenarios: the one that the tests expect, the emulator's own, and the one in the documentation."""

from __future__ import annotations

import sys
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import combinations
from pathlib import Path

from deployments.emulator.scenarios import SCENARIOS
from tasks.checks import ALL_CHECKS
from tasks.domain.diagnostics.verdict import Health

ROOT = Path(__file__).resolve().parents[1]
EXPECTED = ROOT / "tests" / "tasks" / "checks" / "scenarios.md"
DOCUMENTED = ROOT / "tasks" / "checks" / "SCENARIOS.md"
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


def documentation() -> str:
    """What SCENARIOS.md has to say."""
    titles = {check.code: check.title for check in ALL_CHECKS}
    lines = [HEAD]
    for one in SCENARIOS.values():
        cause = f"{one.cause}: {titles[one.cause]}" if one.cause else "nothing is named"
        cells = (
            f"`{one.name}`",
            one.sentence,
            one.health,
            cause,
            f"… {one.remedy} …" if one.remedy else NONE,
            one.cure,
        )
        lines.append("| " + " | ".join(cell or NONE for cell in cells) + " |")
    return "\n".join(lines) + "\n" + TAIL


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


HEAD = """# Scenarios

The emulator can be put into every state that the checks tell apart, by name:

```
make diagnose SCENARIO=record_missing
```

or, on a running emulator, `POST $EMULATOR_CONTROL_URL/faults` with `{"scenario": "record_missing"}`, narrowed down by
`"workspace"` and `"endpoint"`. `{"scenario": "record_missing", "undo": true}` takes one back, `DELETE …/faults` all of
them; what was mended or changed meanwhile is left alone. `GET …/scenarios` lists them. `POST …/seed` with
`{"workspaces": 1, "endpoints": 1}` makes healthy endpoints to try them on.

Each line says what the diagnosis of an endpoint that was healthy before comes to, which check names the root cause, a
part of its remedy, and which request of the control plane cures it in the emulator, too, if one does. Scenarios that
need a deeper look or a wish of the caller's say so in `GET …/scenarios` (`expects`).

| scenario | what is wrong | verdict | root cause | its remedy says | cured by |
|---|---|---|---|---|---|"""

TAIL = """
Two checks are never the root cause, since another one always says why: SCORE-DNS-001 and SCORE-DNS-002 show that a
host resolves to the wrong place (`zone_not_linked`, `hosts_file_outdated`), SCORE-DNS-003 to -006 put the blame.

The tests' own table is `tests/tasks/checks/scenarios.md`; `python tests/scenario_tables.py` writes this page anew.
"""

if __name__ == "__main__":
    sys.exit(DOCUMENTED.write_text(documentation()) == 0)
