"""The control plane that the rules are asked of."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest_asyncio
from support.emulator.control_plane import ControlPlane, start_control_plane


@pytest_asyncio.fixture(loop_scope="function")
async def plane(tmp_path: Path) -> AsyncIterator[ControlPlane]:
    """An emulator of the test's own, with a resource group, a key vault and a storage account."""
    plane = await start_control_plane(tmp_path)
    yield plane
    await plane.app.close()
