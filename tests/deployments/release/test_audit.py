"""The audit of the locks: what pip-audit's output means, with and without an advisory database."""

from __future__ import annotations

import json
from pathlib import Path

from deployments.release.audit import CLEAN, FOUND, LOCKS, NOT_AUDITED, audit, judge
from deployments.release.packages import installed

UNREACHABLE = "ERROR:pip_audit._cli:Could not connect to the vulnerability service"


def output(*vulnerabilities: dict[str, object]) -> str:
    """What pip-audit prints of one package."""
    return json.dumps({"dependencies": [{"name": "idna", "version": "2", "vulns": list(vulnerabilities)}], "fixes": []})


def test_a_vulnerability_is_named_with_its_fix() -> None:
    """Package, version, advisory, and the version to go to; and another status than a clean lock."""
    found = judge("a.lock", output({"id": "PYSEC-1", "fix_versions": ["3.7"]}), "")
    assert (found.status, found.lines[1]) == (FOUND, "  idna 2: PYSEC-1, fixed in 3.7")
    assert judge("a.lock", output(), "").status == CLEAN


def test_without_an_advisory_database_nothing_is_called_clean(tmp_path: Path) -> None:
    """It says so with the reason, has a status of its own, and does not try the second lock."""
    program = tmp_path / "pip-audit"
    program.write_text(f"#!/bin/sh\necho once >> {tmp_path}/calls\necho '{UNREACHABLE}' >&2\nexit 1\n")
    program.chmod(0o755)
    found = audit(program)
    assert found.status == NOT_AUDITED
    assert found.lines == (f"{LOCKS[0]}: NOT AUDITED, no advisory database is reachable: {UNREACHABLE}",)
    assert (tmp_path / "calls").read_text() == "once\n"
    assert len({CLEAN, FOUND, NOT_AUDITED}) == 3


def test_another_failure_is_not_taken_for_a_lost_network() -> None:
    """A lock that pip-audit can't read is not audited either, and its line says why."""
    found = judge("a.lock", "", "ERROR: Invalid requirement: 'x=='\n")
    assert found.status == NOT_AUDITED
    assert found.lines == ("a.lock: NOT AUDITED, pip-audit failed: ERROR: Invalid requirement: 'x=='",)


def test_every_package_declares_a_licence() -> None:
    """None of this environment is without one."""
    assert [one.name for one in installed() if one.license == "not declared"] == []
