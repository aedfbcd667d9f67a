"""The local stack's state is this user's alone."""

from __future__ import annotations

import os
import sys
from pathlib import Path

from support.emulator.running import RunningEmulator

from deployments.local.processes import child
from deployments.local.stack import Folder


def _mode(path: Path) -> int:
    return path.stat().st_mode & 0o777


def test_a_folder_that_was_there_before_is_closed(tmp_path: Path) -> None:
    """It may have been made by hand, or by an earlier version."""
    place = tmp_path / "stack"
    place.mkdir(mode=0o755)
    Folder(place).make()
    assert _mode(place) == 0o700


def test_what_the_parts_of_the_stack_write_is_private(tmp_path: Path) -> None:
    """Prefect's database and results hold what the team's code wrote."""
    made = tmp_path / "results" / "one"
    code = f"import pathlib; p = pathlib.Path({str(made)!r}); p.parent.mkdir(); p.write_text('x')"
    with child([sys.executable, "-c", code], tmp_path / "log", dict(os.environ)) as process:
        process.wait(timeout=30)
    assert (_mode(made.parent), _mode(made)) == (0o700, 0o600)


def test_the_emulators_state_is_private(emulator_process: RunningEmulator) -> None:
    """It has the keys of every account and endpoint."""
    files = [file for file in (emulator_process.state_dir / "state.db", emulator_process.state_dir) if file.exists()]
    assert len(files) == 2
    assert [_mode(file) & 0o077 for file in files] == [0, 0]
