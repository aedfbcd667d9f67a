"""A subshell on the local stack: its environment, its prompt, and the way back."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from support.paths import ROOT

from deployments.local.stack import Folder, held

SHELLS = {"bash": "$PS1", "sh": "$PS1", "dash": "$PS1", "zsh": "$PROMPT", "fish": "(fish_prompt)"}
STACK = "export HTTPS_PROXY=http://127.0.0.1:43455\nexport PREFECT_API_AUTH_STRING='admin:a b'\n"


def open_shell(folder: Path, shell: str, typed: str, **variables: str) -> subprocess.CompletedProcess[str]:
    """What somebody with this shell sees who types this."""
    return subprocess.run(
        [sys.executable, "-m", "deployments.local", "shell"],
        cwd=ROOT,
        env={"PATH": os.environ["PATH"], "HOME": str(folder), "SHELL": shell, "ENDPOINT_OPS_STACK": str(folder)}
        | variables,
        input=typed,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )


@pytest.mark.parametrize("name", SHELLS)
def test_the_shell_talks_to_the_stack_and_its_prompt_says_so(tmp_path: Path, name: str) -> None:
    """Whatever the user's own start files say; `exit` leaves it, with its status."""
    shell = shutil.which(name)
    if shell is None:
        pytest.skip(f"{name} is not installed")
    for file in (".bashrc", ".zshrc"):
        (tmp_path / file).write_text(
            "export HTTPS_PROXY=http://proxy.example:3128 MINE=kept\nPS1='mine> '\nPROMPT='mine> '\n"
        )
    Folder(tmp_path).environment.write_text(STACK)
    with held(Folder(tmp_path)):
        Folder(tmp_path).environment.write_text(STACK)
        typed = f'echo "<$HTTPS_PROXY|$PREFECT_API_AUTH_STRING|$MINE>"\necho "["{SHELLS[name]}"]"\nexit 7\n'
        done = open_shell(tmp_path, shell, typed)
    assert done.stdout.startswith("This shell talks to the emulator at 127.0.0.1:43455. `exit` returns")
    assert "<http://127.0.0.1:43455|admin:a b|" in done.stdout, done
    assert "[(emulator) " in done.stdout, done
    if name in {"bash", "zsh"}:
        assert "|kept>" in done.stdout
        assert "[(emulator) mine> ]" in done.stdout
    assert done.returncode == 7


def test_without_a_running_stack_there_is_no_shell(tmp_path: Path) -> None:
    """A sentence that says what to do first; a file that a killed stack left counts for nothing."""
    Folder(tmp_path).environment.write_text(STACK)
    done = open_shell(tmp_path, "/bin/sh", "echo opened\n")
    assert done.returncode == 1
    assert done.stdout == ""
    assert done.stderr == (
        "The local stack is not running. Start it with `endpoint-ops up`, then open the shell again.\n"
    )
