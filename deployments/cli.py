"""The console command `endpoint-ops`: assembles the commands, each of which imports what it needs when it runs."""

from __future__ import annotations

import os
import sys
from importlib.metadata import version
from pathlib import Path
from typing import Annotated, Final, Literal

from cyclopts import App, CycloptsError, Parameter, UnusedCliTokensError
from rich.console import Console
from rich.text import Text

from deployments.apply.command import apply
from deployments.diagnose.command import diagnose
from deployments.events.command import app as events
from deployments.local.command import demo, down, shell, up
from deployments.paths import ROOT
from deployments.rollout.command import rollout

_WIDTH: Final = 120  # of help that goes into a file or a pipe


def _usage_error(error: CycloptsError) -> Text:
    is_too_many = isinstance(error, UnusedCliTokensError)
    text = f"Unexpected argument: {' '.join(error.unused_tokens or [])}" if is_too_many else str(error)
    return Text(f"{text}\n`endpoint-ops --help` lists the commands, `endpoint-ops COMMAND --help` the options of one.")


def _shown_default(value: object) -> object:
    return value.relative_to(ROOT) if isinstance(value, Path) else value or None


app = App(
    name="endpoint-ops",
    help="Create, operate and diagnose Azure ML online endpoints under network isolation.",
    help_format="markdown",
    help_formatter="default" if sys.stdout.isatty() else "plain",
    version=lambda: version("azureml-endpoint-ops"),
    default_parameter=Parameter(negative="", show_default=_shown_default),
    error_formatter=_usage_error,
    console=Console(width=None if sys.stdout.isatty() else _WIDTH),
)
for _command in (demo, up, down, shell, apply, diagnose, rollout, events):
    app.command(_command)
app.register_install_completion_command(add_to_startup=True)


@app.command(name="--show-completion")
def show_completion(shell: Literal["bash", "zsh", "fish"] | None = None, /) -> None:
    """Print the completion script of your shell, or of the one that is named."""
    print(app.generate_completion(shell=shell))  # not returned: the console would wrap it


@app.command(help_flags=[])
def emulator(*options: Annotated[str, Parameter(allow_leading_hyphen=True)]) -> None:
    """Run the Azure emulator alone, for the Azure SDKs and the az CLI."""
    if {"-h", "--help"} & set(options):
        print("For example:\n\n    endpoint-ops emulator --env-file azure.env\n", flush=True)
    os.execv(sys.executable, [sys.executable, "-m", "deployments.emulator", *options])  # noqa: S606 -- our own module
