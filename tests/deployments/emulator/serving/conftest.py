"""One emulator for all tests of what runs behind scoring hosts; each test makes the endpoints it needs."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from support.emulator.serving_stage import Stage, running


@pytest.fixture(scope="session")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    """An emulator in this process."""
    with running(tmp_path_factory.mktemp("serving")) as stage:
        yield stage
