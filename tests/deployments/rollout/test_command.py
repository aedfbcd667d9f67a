"""The command `endpoint-ops rollout`: its list of scenarios."""

from __future__ import annotations

import subprocess
import sys

from support.paths import ROOT

from deployments.rollout.stage import SCENARIOS


def test_the_list() -> None:
    """Every scenario with how it ends, below a head; a name that there is not is refused before anything starts."""
    command = [sys.executable, "-m", "deployments.rollout"]
    done = subprocess.run([*command, "list"], cwd=ROOT, capture_output=True, text=True, check=True)
    expected = [[one.name, one.outcome] for one in SCENARIOS]
    assert [line.split()[:2] for line in done.stdout.splitlines()[1:]] == expected
    listed = subprocess.run([*command, "list", "-o", "tsv"], cwd=ROOT, capture_output=True, text=True, check=True)
    assert [line.split("\t")[:2] for line in listed.stdout.splitlines()] == expected
    wrong = subprocess.run([*command, "nonsense"], cwd=ROOT, capture_output=True, text=True, check=False)
    assert (wrong.returncode, "there is no scenario 'nonsense'" in wrong.stderr) == (3, True)
