"""Audit the locks with pip-audit: known vulnerabilities of exactly the versions that are installed."""

from __future__ import annotations

import json
import re
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from deployments.paths import ROOT

LOCKS: Final = ("requirements-production.lock", "requirements.lock")
CLEAN, FOUND, NOT_AUDITED = 0, 1, 3
_UNREACHABLE: Final = re.compile(r"connect|connection|timed out|max retries", re.IGNORECASE)
_OPTIONS: Final = ("--no-deps", "--disable-pip", "--format", "json", "--progress-spinner", "off", "--timeout", "15")


@dataclass(frozen=True)
class Audited:
    """The result for one lock: its exit status, and the lines to show."""

    status: int
    lines: tuple[str, ...]


def audit(pip_audit: Path) -> Audited:
    """Audit the locks, the production's first; stop where no advisory database is reachable."""
    lines: list[str] = []
    status = CLEAN
    for lock in LOCKS:
        command = [str(pip_audit), "--requirement", str(ROOT / lock), *_OPTIONS]
        done = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603 -- written here
        one = judge(lock, done.stdout, done.stderr)
        lines += one.lines
        status = max(status, one.status)
        if one.status == NOT_AUDITED:
            break
    return Audited(status, tuple(lines))


def judge(lock: str, output: str, errors: str) -> Audited:
    """Return what pip-audit's output means. Its exit status is the same for a vulnerability and for a lost network."""
    try:
        packages: list[dict[str, Any]] = json.loads(output)["dependencies"]
    except (ValueError, KeyError):
        last = next(iter(reversed(errors.strip().splitlines())), "it wrote nothing")
        reason = "no advisory database is reachable" if _UNREACHABLE.search(errors) else "pip-audit failed"
        return Audited(NOT_AUDITED, (f"{lock}: NOT AUDITED, {reason}: {last[:300]}",))
    found = [_line(one, each) for one in packages for each in one.get("vulns", ())]
    skipped = [f"  skipped {one['name']}: {one['skip_reason']}" for one in packages if "skip_reason" in one]
    head = f"{lock}: {len(packages)} packages, {len(found)} known vulnerabilities"
    return Audited(FOUND if found else CLEAN, (head, *found, *skipped))


def _line(package: dict[str, Any], vulnerability: dict[str, Any]) -> str:
    fixed = ", ".join(vulnerability.get("fix_versions") or ()) or "no version yet"
    return f"  {package['name']} {package['version']}: {vulnerability['id']}, fixed in {fixed}"
