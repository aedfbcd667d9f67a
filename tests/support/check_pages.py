"""The pages of the checks, made from the checks and the emulator's scenarios: CHECKS.md and SCENARIOS.md."""

from __future__ import annotations

import inspect
import sys
import textwrap
from pathlib import Path
from typing import Final

from deployments.emulator.scenarios import SCENARIOS
from tasks.checks import ALL_CHECKS
from tasks.checks.engine.check import AnyCheck
from tasks.domain.common.commands import split_commands

FOLDER: Final = Path(__file__).resolve().parents[2] / "tasks" / "checks"
_NONE: Final = "–"
_PLACEHOLDERS: Final = {
    "subscription": "SUBSCRIPTION",
    "resource_group": "GROUP",
    "workspace": "WORKSPACE",
    "endpoint": "ENDPOINT",
    "flags": "--resource-group GROUP --workspace-name WORKSPACE",
}


def pages() -> dict[Path, str]:
    """Return every page with the text that it should have."""
    return {FOLDER / "CHECKS.md": checks_page(), FOLDER / "SCENARIOS.md": scenarios_page()}


def checks_page() -> str:
    """Return CHECKS.md: one section per check, in the order of the codes."""
    sections = [_section(one) for one in sorted(ALL_CHECKS, key=lambda check: check.code)]
    return "\n\n".join([_CHECKS_HEAD, *sections]) + "\n"


def _section(check: AnyCheck) -> str:
    scope = "each endpoint" if check.scope == "endpoint" else "each workspace"
    deep = ", only where something else is wrong" if check.deep else ""
    meaning, found = inspect.getmodule(check.judge).__doc__, inspect.getdoc(check.judge)
    parts = [
        f"## {check.code}: {check.title}",
        f"`{check.name}`, {check.severity}, judged for {scope}{deep}.",
        _paragraph(f"**What it means.** {meaning}"),
        _paragraph(f"**How it is judged.** {found}"),
        _fix(check),
        _explains(check),
        f"More: <{check.doc}>",
    ]
    return "\n\n".join(part for part in parts if part)


def _fix(check: AnyCheck) -> str:
    """Return the remedy, each command in a block of its own."""
    parts = [part.strip(" .:;,()") for part in split_commands(check.remedy.format(**_PLACEHOLDERS))]
    prose = [part[:1].upper() + part[1:] for part in parts[::2]]
    ends = [":"] * (len(prose) - 1) + ["."]
    text = [_paragraph(f"{one}{end}") if one else "" for one, end in zip(prose, ends, strict=True)]
    text[0] = _paragraph(f"**How to fix it.** {prose[0]}{ends[0]}") if prose[0] else "**How to fix it.**"
    commands = [*(f"```\n{one}\n```" for one in parts[1::2]), ""]
    notes = [
        "The deployment `endpoint-remedy` can do it, after an approval." if check.plan else "",
        "It does not forbid a rollout: a new online deployment is what fixes it." if check.fixed_by_redeploy else "",
    ]
    shown = [one for pair in zip(text, commands, strict=True) for one in pair]
    return "\n\n".join(one for one in (*shown, _paragraph(" ".join(notes))) if one)


def _explains(check: AnyCheck) -> str:
    return _paragraph(f"**What it explains.** {', '.join(check.explains)}: {check.because}") if check.explains else ""


def _paragraph(text: str) -> str:
    return textwrap.fill(" ".join(text.split()), 120, break_long_words=False, break_on_hyphens=False)


def scenarios_page() -> str:
    """Return SCENARIOS.md: one line per scenario of the emulator."""
    titles = {check.code: check.title for check in ALL_CHECKS}
    lines = [_SCENARIOS_HEAD]
    for one in SCENARIOS.values():
        expected = one.diagnosis
        cause = f"{expected.cause}: {titles[expected.cause]}" if expected.cause else "none is named"
        remedy = f"… {expected.remedy} …" if expected.remedy else _NONE
        cells = (f"`{one.name}`", one.sentence, expected.health, cause, remedy, one.cure)
        lines.append("| " + " | ".join(cell or _NONE for cell in cells) + " |")
    return "\n".join(lines) + "\n" + _SCENARIOS_TAIL


_CHECKS_HEAD: Final = """# What each check means

For the reader of a finding at 3 a.m.: one section per code. How the checks work, and how to add one, is in
[README.md](README.md). `make pages` writes this page from the checks."""

_SCENARIOS_HEAD: Final = """# Scenarios

The emulator can be put into every state that the checks distinguish, by name:

```
make diagnose SCENARIO=record_missing
```

or, on a running emulator, `POST $EMULATOR_CONTROL_URL/faults` with `{"scenario": "record_missing"}`, narrowed down by
`"workspace"` and `"endpoint"`. `{"scenario": "record_missing", "undo": true}` undoes one, `DELETE …/faults` all of
them; what was fixed or changed meanwhile stays as it is. `GET …/scenarios` lists them. `POST …/seed` with
`{"workspaces": 1, "endpoints": 1}` makes healthy endpoints to try them on.

Each line gives the verdict on an endpoint that was healthy before, the check that names the root cause, a part of its
remedy, and the request of the control plane that cures it in the emulator too, if one does. Scenarios that need deep
checks or certain expectations say so in `GET …/scenarios` (`expects`).

| scenario | state | verdict | root cause | its remedy says | cured by |
|---|---|---|---|---|---|"""

_SCENARIOS_TAIL: Final = """
Two checks are never the root cause, since another one always explains them: SCORE-DNS-001 and SCORE-DNS-002 show that
a host resolves to the wrong place (`zone_not_linked`, `hosts_file_outdated`), SCORE-DNS-003 to -006 name the reason.

The tests' own table is `tests/tasks/checks/scenarios.md`; `make pages` writes this page from the scenarios.
"""

if __name__ == "__main__":
    for file, text in pages().items():
        file.write_text(text)
    sys.exit(0)
