"""Diagnose scoring endpoints from a terminal: `python -m deployments.diagnose`, or `make diagnose`.

Looks at what the environment names (AZURE_* and, for the emulator, EMULATOR_*); needs no Prefect server and changes
nothing. The exit status is 0 when all is well, 1 when something is not, and 2 when nobody could look.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import logging
import os
import signal
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Final

from pydantic import ValidationError

from deployments.diagnose import view as diagnosis_view
from deployments.local import scenario_stage
from deployments.local.processes import StartFailedError
from tasks.checks.engine.diagnose import diagnose
from tasks.checks.engine.sources import open_sources
from tasks.clients.time_limits import TimeLimits
from tasks.domain.diagnoses import Diagnosis, Samples, Wish
from tasks.domain.errors import EndpointOpsError
from tasks.domain.scope import Scope
from tasks.domain.subject import Expectations
from tasks.domain.target import Resolvers

BLIND: Final = 2
SCOPE: Final = (
    "[GROUP[/WORKSPACE[/ENDPOINT]]], each a name or *; the last one may be a pattern such as churn-*; or an ARM id"
)
_ID_PARTS: Final = ("subscriptions", "resourcegroups", "providers", "workspaces", "onlineendpoints")


@dataclass(frozen=True)
class Job:
    """What is diagnosed, and how."""

    scope: Scope
    wish: Wish
    time_limits: TimeLimits = field(default_factory=TimeLimits)


def parse(arguments: list[str]) -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(prog="python -m deployments.diagnose", description=__doc__.partition("\n")[0])
    parser.add_argument("--scope", default="", help=f"{SCOPE}; everything in the subscription without it")
    parser.add_argument("--subscription", default="", help="the subscription's GUID, instead of AZURE_SUBSCRIPTION_ID")
    parser.add_argument("--request", type=Path, help="a JSON file to score with; endpoints are not called without one")
    parser.add_argument("--format", choices=("text", "json"), default="text", help="json is for machines")
    parser.add_argument("--long", action="store_true", help="look deeper where all is well too, and list every check")
    parser.add_argument("--custom-dns", metavar="SERVER", help="the network's own DNS server, ADDRESS or ADDRESS:PORT")
    parser.add_argument("--internet-proxy", metavar="URL", help="an HTTP proxy that exits to the internet")
    parser.add_argument("--scenario", metavar="NAME", help="diagnose an emulator in this state; list shows the states")
    return parser.parse_args(arguments)


def scope_of(text: str, environment: Mapping[str, str], options: argparse.Namespace) -> Scope:
    """The scope that a text names, in the place that the environment names.

    Raises:
        ValueError: When the text or the environment doesn't say where.
    """
    named, names = _names_in(text)
    if len(names) > 3:
        raise ValueError(f"{text!r} is no scope: write {SCOPE}.")
    group, workspace, endpoint = ([None if one in {"", "*"} else one for one in names] + [None] * 3)[:3]
    is_pattern = endpoint is not None and any(mark in endpoint for mark in "*?[")
    subscription = named or options.subscription or environment.get("AZURE_SUBSCRIPTION_ID", "")
    if not subscription:
        raise ValueError("AZURE_SUBSCRIPTION_ID is not set: set it, or source the file of a running emulator.")
    return Scope(
        subscription_id=subscription,
        resource_group=group,
        workspace=workspace,
        endpoint=None if is_pattern else endpoint,
        include=(endpoint,) if endpoint and is_pattern else ("*",),
        internet_proxy=options.internet_proxy or environment.get("EMULATOR_INTERNET_PROXY"),
        resolvers=_resolvers(environment, options.custom_dns),
    )


def _names_in(text: str) -> tuple[str, list[str]]:
    """The subscription, if the text is an ARM id, and the names from the group on."""
    parts = [part.strip() for part in text.strip().strip("/").split("/")]
    if parts[0].lower() != "subscriptions":
        return "", parts if parts != [""] else []
    kinds, names = [one.lower() for one in parts[::2]], parts[1::2]
    if tuple(kinds) != _ID_PARTS[: len(kinds)] or len(names) != len(kinds):
        raise ValueError(f"{text!r} is no scope: write {SCOPE}.")
    return names[0], [*names[1:2], *names[3:]]


def job_of(options: argparse.Namespace, environment: Mapping[str, str]) -> Job:
    """What the command line asks for.

    Raises:
        ValueError: When it can't be, or the sample request is no JSON.
        OSError: When the sample request can't be read.
    """
    samples = Samples(requests={"*": _text_of(options.request)} if options.request else {})
    expectations = Expectations(depth="always" if options.long else "when_needed")
    return Job(scope_of(options.scope, environment, options), Wish(samples=samples, expectations=expectations))


def _text_of(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8-sig")  # editors on Windows write a mark before the text
    except UnicodeDecodeError as error:
        raise ValueError(f"request file {file} can't be read: {error}. Save it as UTF-8.") from error


def run(options: argparse.Namespace) -> int:
    """Diagnose and show it; returns the exit status."""
    if options.scenario == "list":
        print(diagnosis_view.scenarios_text(scenario_stage.known(), options.format))
        return 0
    with contextlib.ExitStack() as stack:
        job = job_of(options, os.environ) if not options.scenario else _staged(stack, options)
        diagnosis_view.say(f"Looking at {job.scope.title} …")
        began = time.monotonic()
        found = asyncio.run(_diagnose(job))
        return diagnosis_view.show(found, job.scope, time.monotonic() - began, options.format, is_long=options.long)


def _staged(stack: contextlib.ExitStack, options: argparse.Namespace) -> Job:
    """An emulator in the state that was asked for, and what to diagnose there."""
    diagnosis_view.say(f"Starting an emulator, and playing {options.scenario} …")
    stage = stack.enter_context(scenario_stage.played(options.scenario))
    os.environ.update(stage.variables)
    options.scope, options.subscription = options.scope or stage.scope, ""
    options.request = options.request or stage.request
    job = job_of(options, os.environ)
    expected = {**stage.expects, **({"depth": "always"} if options.long else {})}
    wish = job.wish.model_copy(update={"expectations": Expectations.model_validate(expected)})
    return replace(job, wish=wish, time_limits=scenario_stage.TIME_LIMITS)


async def _diagnose(job: Job) -> Diagnosis:
    async with open_sources(job.scope.cloud, job.scope.internet_proxy, time_limits=job.time_limits) as sources:
        return await diagnose(sources, job.scope, job.wish)


def _resolvers(environment: Mapping[str, str], custom: str | None) -> Resolvers:
    given = {
        "system": environment.get("EMULATOR_DNS_SYSTEM"),
        "custom": custom or environment.get("EMULATOR_DNS_CUSTOM"),
        "azure": environment.get("EMULATOR_DNS_AZURE"),
    }
    return Resolvers.model_validate({name: one for name, one in given.items() if one})


def main() -> int:
    """Run the command; Ctrl-C and SIGTERM unwind as any failure does, so that no emulator is left behind."""
    options = parse(sys.argv[1:])
    logging.getLogger("azure.identity").setLevel(logging.ERROR)  # a failed sign-in is told once, as our own error
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        return run(options)
    except ValidationError as error:
        told = "; ".join(f"{'.'.join(str(part) for part in one['loc'])}: {one['msg']}" for one in error.errors())
    except BrokenPipeError:  # whoever read the output has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return BLIND
    except (EndpointOpsError, StartFailedError, ValueError, OSError) as error:
        told = str(error)
    except KeyboardInterrupt:
        diagnosis_view.say("Interrupted.")
        return 130
    return diagnosis_view.show_blind(told, options.format)
