"""One rollout, with a client that scores from before its beginning until after its end."""

from __future__ import annotations

import contextlib
import io
from typing import Any, cast

from prefect.client.schemas.objects import State
from prefect.logging.handlers import APILogHandler

from deployments.rollout.client import Answers, Client, summarize
from deployments.rollout.stage import Stage
from flows.endpoint_redeploy import endpoint_redeploy
from tasks.domain.rollout.report import NotPromoted, RolloutReport
from tasks.domain.rollout.requests import RolloutRequests
from tasks.domain.rollout.revision import Revision
from tasks.domain.rollout.strategy import Strategy
from tasks.runtime.azure_workspace import AzureWorkspace


def played(stage: Stage) -> tuple[RolloutReport, Answers]:
    """Roll out; return the report and a summary of the client's answers."""
    with contextlib.redirect_stderr(io.StringIO()), Client(stage.target, stage.endpoint) as client:
        # Prefect's types miss that a flow which returns a state returns it unchanged.
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
    return report, summarize(client.answers, report.bakes, report.color)


def _report(state: State[Any]) -> RolloutReport:
    found = state.result(raise_on_failure=False)
    report = found.report if isinstance(found, NotPromoted) else found
    if not isinstance(report, RolloutReport):
        raise ValueError(f"the run ended without a report: {state.message}")  # noqa: TRY004 -- of the run, not of a caller
    return report
