"""Folders of the project, and of the specifications beside it."""

from __future__ import annotations

import os
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
SHARED = ROOT.parent / "shared"
# What a process of its own needs to import the project and what its tests share.
PYTHONPATH = f"{ROOT}{os.pathsep}{ROOT / 'tests'}"
