"""One rollout on a terminal, with a client that scores from before its beginning until after its end."""

from __future__ import annotations

import contextlib
import io
from typing import Any, cast

from prefect.client.schemas.objects import State
from prefect.logging.handlers import APILogHandler

from deployments.rollout.client import Client, Seen, seen
from deployments.rollout.stage import Stage
from flows.endpoint_redeploy import endpoint_redeploy
from tasks.azure_workspace import AzureWorkspace
from tasks.domain.revision import Revision
from tasks.domain.rollout_report import NotPromoted, RolloutReport
from tasks.domain.rollout_requests import RolloutRequests
from tasks.domain.strategy import Strategy


def played(stage: Stage) -> tuple[RolloutReport, Seen]:
    """Roll out, and count what the client saw."""
    with contextlib.redirect_stderr(io.StringIO()), Client(stage.target, stage.endpoint) as client:
        # Prefect's types leave out that a flow which returns a state gives it as it is.
        state = cast(
            "State[Any]",
            endpoint_redeploy(
                AzureWorkspace.of(stage.target),
                stage.endpoint,
                RolloutRequests.model_validate(stage.requests),
                Revision.model_validate(stage.revision),
                Strategy.model_validate(stage.strategy),
                return_state=True,
            ),
        )
        APILogHandler().flush()
    report = _report(state)
    return report, seen(client.answers, report.bakes, report.color)


def _report(state: State[Any]) -> RolloutReport:
    found = state.result(raise_on_failure=False)
    report = found.report if isinstance(found, NotPromoted) else found
    if not isinstance(report, RolloutReport):
        raise ValueError(f"the run ended without a report: {state.message}")  # noqa: TRY004 -- of the run, not of a caller
    return report
