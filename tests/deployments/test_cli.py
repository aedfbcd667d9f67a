"""The command `endpoint-ops`: help, version, completion, exit statuses, and how little it imports."""

from __future__ import annotations

import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
from support.paths import ROOT

COMMANDS = ("demo", "up", "down", "shell", "apply", "diagnose", "rollout", "events serve", "emulator")


def run(*arguments: str, module: str = "deployments.cli:app", **variables: str) -> subprocess.CompletedProcess[str]:
    """Run the command in an environment that knows nothing but where it is."""
    package, _, name = module.partition(":")
    return subprocess.run(
        [sys.executable, "-c", f"from {package} import {name} as command; command()", *arguments],
        cwd=ROOT,
        env={"PATH": "/usr/bin:/bin", "PYTHONPATH": str(ROOT), **variables},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )


def test_the_help_names_every_command() -> None:
    """Each in a line with what it does, as plain text in a pipe; without a command it is the same."""
    done = run("--help")
    assert done.returncode == 0
    for command in COMMANDS:
        assert re.search(rf"^  {command.split()[0]}: \w.*\.$", done.stdout, re.MULTILINE), command
    assert "\x1b" not in done.stdout
    assert "╭" not in done.stdout
    assert run().stdout == done.stdout


@pytest.mark.parametrize("command", COMMANDS)
def test_the_help_of_each_command_has_an_example(command: str) -> None:
    """One that can be copied."""
    done = run(*command.split(), "--help")
    assert done.returncode == 0
    assert re.search(rf"For example:\s+(set -a.*)?endpoint-ops {command}", done.stdout), done.stdout


def test_the_help_imports_neither_prefect_nor_azure() -> None:
    """Seconds of imports are not for who wants to read a list of options."""
    code = "import sys, deployments.cli; sys.exit(bool({'prefect', 'azure', 'pydantic'} & set(sys.modules)))"
    assert subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=False, timeout=60).returncode == 0


def test_the_version_is_the_projects() -> None:
    """A line for a bug report."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    assert run("--version").stdout == f"{project['version']}\n"
    assert project["scripts"] == {"endpoint-ops": "deployments.cli:app"}


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("dignose",), 'Unknown command "dignose". Did you mean "diagnose"?'),
        (("diagnose", "--nope"), "Unknown option: --nope"),
        (("diagnose", "-o", "yaml"), 'Invalid value "yaml" for -o'),
        (("diagnose", "-g"), "-g requires an argument"),
        (("rollout", "good", "slow"), "Unexpected argument: slow"),
        (("events", "serve", "--port", "x"), '"x"'),
    ],
)
def test_wrong_usage_is_2_with_a_sentence(arguments: tuple[str, ...], words: str) -> None:
    """On stderr, with where to read on."""
    done = run(*arguments)
    assert done.returncode == 2
    assert done.stdout == ""
    assert words in done.stderr
    assert "endpoint-ops COMMAND --help" in done.stderr
    assert "Traceback" not in done.stderr


def test_the_completion_of_bash_completes(tmp_path: Path) -> None:
    """The printed script is whole: bash takes it, and completes commands and choices with it."""
    script = tmp_path / "completion.bash"
    script.write_text(run("--show-completion", "bash").stdout)
    for words, expected in (
        (("dia",), "diagnose"),
        (("diagnose", "-o", "jun"), "junit"),
        (("demo", "--req"), "--request"),
    ):
        typed = " ".join(("endpoint-ops", *words))
        ask = f'. {script}; COMP_WORDS=({typed}); COMP_CWORD={len(words)}; _endpoint_ops; echo "${{COMPREPLY[*]}}"'
        done = subprocess.run(["bash", "-c", ask], capture_output=True, text=True, check=True)
        assert done.stdout.strip() == expected


def test_the_completion_installs_itself(tmp_path: Path) -> None:
    """Into the home of whoever asks."""
    done = run("--install-completion", "--shell", "bash", HOME=str(tmp_path))
    assert done.returncode == 0, done.stderr
    assert [one for one in tmp_path.rglob("*") if one.is_file() and "_endpoint_ops" in one.read_text()]


@pytest.mark.parametrize("module", ["apply", "diagnose", "rollout", "events", "emulator"])
def test_the_module_commands_are_the_same_commands(module: str) -> None:
    """`python -m deployments.X` takes what `endpoint-ops X` takes."""
    command = [sys.executable, "-m", f"deployments.{module}", "--help"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    name = {"events": "events serve"}.get(module, module)
    assert done.stdout in run(*name.split(), "--help").stdout


def test_make_without_a_target_prints_help() -> None:
    """It starts nothing; every target is in the list, and each command has one."""
    done = subprocess.run(["make"], cwd=ROOT, capture_output=True, text=True, check=True)
    listed = re.findall(r"^  make ([a-z-]+) +\S", done.stdout, re.MULTILINE)
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE)) - {"debian-cluster"}
    assert set(listed) == targets
    assert {"demo", "up", "down", "shell", "apply", "diagnose", "rollout", "install", "test"} <= set(listed)
