"""The main job as a newcomer runs it: the whole guide in one command, and nothing left behind."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest
from support.paths import ROOT

SAMPLES = ROOT / "deployments" / "samples"


@contextlib.contextmanager
def demo(folder: Path, *options: str) -> Iterator[subprocess.Popen[str]]:
    """Run the demo, with `folder` as the place for temporary files."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("AZURE_", "EMULATOR_"))}
    for name in [name for name in environment if "proxy" in name.lower()]:
        del environment[name]
    command = [sys.executable, "-m", "deployments.local", "demo", *options]
    with subprocess.Popen(
        command, cwd=ROOT, env=environment | {"TMPDIR": str(folder)}, stdout=subprocess.PIPE, text=True
    ) as process:
        try:
            yield process
        finally:
            process.kill()


def run(folder: Path, *options: str) -> tuple[int, str]:
    """Run it to its end: exit status and output."""
    with demo(folder, *options) as process:
        output, _ = process.communicate(timeout=110)
    return process.returncode, output


def after_cancellation(folder: Path) -> list[str]:
    """Files in the folder, and processes that know of it."""
    found = [str(file) for file in folder.iterdir()]
    for process in psutil.process_iter():
        with contextlib.suppress(psutil.Error):
            if str(folder) in " ".join([*process.cmdline(), *process.environ().values()]):
                found.append(" ".join(process.cmdline()))
    return found


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    place = tmp_path / "temporary"
    place.mkdir()
    return place


def test_the_demo_runs_the_guide_and_leaves_nothing(folder: Path) -> None:
    """Scored, proven both ways, torn down; status 0; no process and no file is left."""
    status, output = run(folder)
    assert status == 0, output
    assert "HTTP 200" in output
    assert output.count("PASS ") >= 3
    assert "Worker with pid" in output, "the log of Azure's inference server"
    assert "Removed\n" in output
    assert after_cancellation(folder) == []


def test_a_scoring_script_that_fails_fails_the_demo_with_its_reason(folder: Path, tmp_path: Path) -> None:
    """Status 1, the user's own exception on the terminal, and nothing left."""
    shutil.copytree(SAMPLES, tmp_path / "mine")
    script = tmp_path / "mine" / "code" / "score.py"
    script.write_text(script.read_text().replace("MODEL.update(", "raise RuntimeError('corrupt model')\n    ("))
    files = {"--endpoint": "endpoint.yml", "--online-deployment": "blue-deployment.yml"}
    options = [word for name, file in files.items() for word in (name, str(tmp_path / "mine" / file))]
    status, output = run(folder, *options)
    assert status == 1
    assert "RuntimeError: corrupt model" in output
    assert after_cancellation(folder) == []


def test_an_interrupted_demo_leaves_nothing(folder: Path) -> None:
    """Stopped in the middle of a step: everything that was started is ended."""
    with demo(folder) as process:
        assert process.stdout
        for line in process.stdout:
            if "▸ create online deployment" in line:
                process.send_signal(signal.SIGTERM)
        assert process.wait(60) == 130
    assert after_cancellation(folder) == []
