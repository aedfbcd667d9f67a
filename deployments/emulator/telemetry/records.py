"""The records of every Log Analytics workspace: one file of JSON lines a table, bounded, kept over a restart."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from deployments.emulator.core import Emulator
from deployments.emulator.telemetry.bounded_file import BoundedFile

MAXIMUM_HALF = 32 * 1024 * 1024


class Records:
    """Writes records as they occur, and finds the files that hold them."""

    def __init__(self, emulator: Emulator) -> None:
        self._folder = emulator.options.state_dir / "log_analytics"
        self._files: dict[tuple[str, str], BoundedFile] = {}

    def add(self, workspace: str, table: str, record: dict[str, Any]) -> None:
        """Add a record to a table of the workspace with this GUID."""
        key = (workspace, table)
        if key not in self._files:
            self._folder.joinpath(workspace).mkdir(parents=True, exist_ok=True)
            self._files[key] = BoundedFile(self._folder / workspace / f"{table}.jsonl", MAXIMUM_HALF)
        self._files[key].write(json.dumps(record))

    def files(self, workspaces: Iterable[str], table: str) -> list[Path]:
        """Return the files of a table's records, in these workspaces."""
        found = [BoundedFile(self._folder / workspace / f"{table}.jsonl") for workspace in workspaces]
        return [part for file in found for part in file.parts()]

    def clear(self) -> None:
        """Forget every record."""
        self._files.clear()
        shutil.rmtree(self._folder, ignore_errors=True)
