"""One diagnosis from a terminal. Needs no Prefect server and changes nothing."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import re
import signal
import sys
import time
from dataclasses import dataclass, field, replace
from pathlib import Path

from pydantic import ValidationError

from deployments.console import complain, rows_text, say
from deployments.diagnose import formats, view
from deployments.diagnose.options import Options
from deployments.diagnose.scope import scope_of, talks_to
from deployments.local import scenario_stage
from deployments.local.processes import StartFailedError
from deployments.validation import sentences
from tasks.checks.engine.diagnose import diagnose
from tasks.checks.engine.sources import open_sources
from tasks.clients.transport.time_limits import TimeLimits
from tasks.domain.azure.request_content import request_text
from tasks.domain.common.errors import AuthenticationFailed, EndpointOpsError
from tasks.domain.diagnostics.report_text import TONES
from tasks.domain.diagnostics.results import Diagnosis, DiagnosisRequest, Samples
from tasks.domain.diagnostics.scope import Scope
from tasks.domain.diagnostics.subject import Expectations


@dataclass(frozen=True)
class Job:
    """The scope of a diagnosis, and how it is run."""

    scope: Scope
    title: str
    spec: DiagnosisRequest
    time_limits: TimeLimits = field(default_factory=TimeLimits)


def run(options: Options) -> int:
    """Diagnose and show it; return the exit status. Ctrl-C and SIGTERM leave no emulator behind."""
    for name in ("azure.identity", "msal"):  # a failed sign-in is reported once, as our own error
        logging.getLogger(name).setLevel(logging.CRITICAL)
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        return _run(options)
    except ValidationError as error:
        why = " ".join(sentences(error))
    except BrokenPipeError:  # the reader of the output has closed it
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return view.NOT_CHECKED
    except AuthenticationFailed as error:
        why = str(error) if options.verbose else not_signed_in(error)
    except (EndpointOpsError, StartFailedError, ValueError, OSError) as error:
        why = str(error)
    except KeyboardInterrupt:
        complain("Interrupted.")
        return 130
    return formats.show_not_checked(why, options.output)


def not_signed_in(error: AuthenticationFailed) -> str:
    """Return a sentence and what to do, without the account of every credential that was tried."""
    if error.origin.status:
        return str(error)  # Azure's own answer to a token
    refused = re.search(r"AADSTS\d+: [^.]*\.", error.message)
    why = f"Microsoft Entra refused to sign in: {refused[0]}" if refused else "not signed in to Azure."
    return (
        f"{why}\nNext: Run `az login`, or set AZURE_TENANT_ID, AZURE_CLIENT_ID and AZURE_CLIENT_SECRET. "
        "--verbose shows the details."
    )


def _run(options: Options) -> int:
    if options.scenario == "list":
        say(_scenarios(options))
        return view.HEALTHY
    with contextlib.ExitStack() as stack:
        job = _staged(stack, options) if options.scenario else job_of(options)
        (say if options.output == "table" else complain)(job.title)
        began = time.monotonic()
        found = asyncio.run(_diagnose(job))
        report = view.report_of(found, job.scope, time.monotonic() - began)
        say(formats.text_of(found, report, options.output, view.layout(is_long=options.long)))
        return view.status_of(report)


def _scenarios(options: Options) -> str:
    known = scenario_stage.known()
    if options.output == "json":
        return rows_text(known, "json")
    columns = ("name", "health", "cause", "sentence")
    rows = [{one: scenario[one] or "-" for one in columns} for scenario in known]
    styles: dict[object, str] = {health: view.STYLES[tone] for health, tone in TONES.items()}
    return rows_text(rows, "tsv" if options.output == "tsv" else "table", styles)


def job_of(options: Options) -> Job:
    """Return the job that the command line describes.

    Raises:
        ValueError: The options contradict each other, or the sample request is not valid JSON.
        OSError: The sample request can't be read.
    """
    samples = Samples(requests={"*": _text_of(options.request)} if options.request else {})
    expectations = Expectations(depth="always" if options.long else "when_needed")
    scope, origin = scope_of(options, os.environ, Path.cwd(), Path.home())
    title = f"Diagnosing {scope.title} {talks_to(os.environ, scope.cloud)} ({origin})"
    return Job(scope, title, DiagnosisRequest(samples=samples, expectations=expectations))


def _text_of(file: Path) -> str:
    try:
        return request_text(file.name, file.read_bytes())
    except UnicodeDecodeError as error:
        raise ValueError(f"request file {file} can't be read: {error}. Save it as UTF-8.") from error
    except ValueError as error:
        raise ValueError(f"the sample request for '*' is not valid JSON: {error}") from error


def _staged(stack: contextlib.ExitStack, options: Options) -> Job:
    """Start an emulator in the given state; return the job there."""
    complain(f"Starting an emulator in the state {options.scenario} …")
    stage = stack.enter_context(scenario_stage.played(options.scenario))
    os.environ.update(stage.variables)
    is_narrowed = options.scope or options.resource_group or options.workspace or options.name
    job = job_of(
        replace(
            options,
            scope=options.scope if is_narrowed else stage.scope,
            subscription="",
            cloud="public",
            request=options.request or stage.request,
        )
    )
    expected = {**stage.expects, **({"depth": "always"} if options.long else {})}
    spec = job.spec.model_copy(update={"expectations": Expectations.model_validate(expected)})
    return replace(job, spec=spec, time_limits=scenario_stage.TIME_LIMITS)


async def _diagnose(job: Job) -> Diagnosis:
    async with open_sources(job.scope.cloud, job.scope.internet_proxy, time_limits=job.time_limits) as sources:
        return await diagnose(sources, job.scope, job.spec)
