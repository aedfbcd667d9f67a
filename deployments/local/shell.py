"""A subshell with the environment of the running local stack, and a prompt that says so."""

from __future__ import annotations

import os
import shlex
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from deployments.console import complain, say
from deployments.local.processes import read_env_file
from deployments.local.stack import Folder, holder

PROMPT: Final = "(emulator) "
# What each kind of shell reads at its start: the user's own files first, so that they can't undo the environment.
_BASH: Final = f'[ -f ~/.bashrc ] && . ~/.bashrc\n. {{env}}\nPS1="{PROMPT}$PS1"\n'
_SH: Final = f'[ -n "$OUTER_ENV" ] && . "$OUTER_ENV"\n. {{env}}\nPS1="{PROMPT}\\$ "\n'
_ZSHENV: Final = (
    "ZDOTDIR={home}\n[ -f $ZDOTDIR/.zshenv ] && . $ZDOTDIR/.zshenv\nOUTER_ZDOTDIR=$ZDOTDIR\nZDOTDIR={folder}\n"
)
_ZSHRC: Final = (
    f'ZDOTDIR=$OUTER_ZDOTDIR\n[ -f $ZDOTDIR/.zshrc ] && . $ZDOTDIR/.zshrc\n. {{env}}\nPROMPT="{PROMPT}$PROMPT"\n'
)
_FISH: Final = (
    "source {env}; functions --copy fish_prompt outer_prompt; "
    f"function fish_prompt; printf '{PROMPT}'; outer_prompt; end"
)


def open_shell(folder: Folder) -> int:
    """Run the user's shell against the stack until it exits; return its exit status, or 1 without a running stack."""
    if holder(folder) is None or not folder.environment.exists():
        complain("The local stack is not running. Start it with `endpoint-ops up`, then open the shell again.")
        return 1
    variables = read_env_file(folder.environment)
    address = variables["HTTPS_PROXY"].rpartition("//")[2]
    say(f"This shell talks to the emulator at {address}. `exit` returns to your own environment.")
    with tempfile.TemporaryDirectory(prefix="endpoint-ops-shell-") as files:
        command, own = _started_as(os.environ.get("SHELL") or "/bin/sh", Path(files), variables)
        return subprocess.run(command, env=os.environ | variables | own, check=False).returncode  # noqa: S603 -- the user's own shell


def _started_as(shell: str, files: Path, variables: Mapping[str, str]) -> tuple[list[str], dict[str, str]]:
    """Write the shell's start files; return its command line, and variables of its own."""
    env = files / "env"
    lines = [f"export {name}={shlex.quote(value)}" for name, value in variables.items()]
    env.write_text("\n".join([*lines, f'export PATH={shlex.quote(str(Path(sys.executable).parent))}:"$PATH"', ""]))
    home = shlex.quote(os.environ.get("ZDOTDIR") or str(Path.home()))
    given = {"env": shlex.quote(str(env)), "home": home, "folder": shlex.quote(str(files))}
    match Path(shell).name:
        case "bash":
            return [shell, "--rcfile", _written(files / "bashrc", _BASH, given), "-i"], {}
        case "zsh":
            _written(files / ".zshenv", _ZSHENV, given)
            _written(files / ".zshrc", _ZSHRC, given)
            return [shell, "-i"], {"ZDOTDIR": str(files)}
        case "fish":
            return [shell, "--interactive", "--init-command", _FISH.format(**given)], {}
        case "sh" | "dash" | "ash" | "ksh":
            outer = os.environ.get("ENV", "")
            return [shell, "-i"], {"ENV": _written(files / "shrc", _SH, given), "OUTER_ENV": outer}
        case _:
            complain(f"{shell} is not known here: its prompt does not change.")
            return [shell], {}


def _written(file: Path, text: str, given: Mapping[str, str]) -> str:
    file.write_text(text.format(**given))
    return str(file)
