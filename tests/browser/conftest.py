"""One stack and one browser for all tests of the UI."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from support.local_stack import LocalStack, start_local_stack
from support.paths import ROOT
from support.prefect.ui import PrefectUi

CHROMIUM = shutil.which("chromium")


@pytest.fixture(scope="session")
def local_stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalStack]:
    """The stack of `make up`."""
    with start_local_stack(tmp_path_factory.mktemp("stack")) as stack:
        yield stack


@pytest.fixture(scope="module")  # no longer: Playwright keeps an event loop, and async tests need it to themselves
def ui(local_stack: LocalStack, tmp_path_factory: pytest.TempPathFactory) -> Iterator[PrefectUi]:
    """A person at the Prefect UI, signed in; leaves pictures in a folder that git ignores."""
    if CHROMIUM is None:
        pytest.skip("chromium is not installed: apt-get install chromium")
    local_stack.prefer("endpoint-redeploy/redeploy", strategy={"bake_seconds": 0, "probes": 10})
    local_stack.prefer("scoring-diagnostics/diagnostics", second_look_seconds=0)
    pictures = Path(ROOT / "screenshots")
    pictures.mkdir(exist_ok=True)
    with PrefectUi.opened(local_stack, CHROMIUM, tmp_path_factory.mktemp("profile"), pictures) as person:
        person.sign_in()
        yield person
