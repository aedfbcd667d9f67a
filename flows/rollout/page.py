"""A rollout's report as an artifact, under its endpoint's key."""

from __future__ import annotations

from prefect.logging import get_run_logger

from tasks.domain.errors import EndpointOpsError
from tasks.domain.rollout_report import RolloutReport
from tasks.domain.rollout_text import message_of, report_markdown
from tasks.publish_report import publish_report
from tasks.retry import RETRY_PATIENTLY


def publish_rollout(report: RolloutReport) -> None:
    """Publish it; all rollouts to an endpoint are versions of one artifact.

    While Prefect is away this waits for it, half an hour: how the run ended could not be told it either. What then
    can't be published is in the log, and does not change how the run ended.
    """
    key, markdown = f"rollout-{report.endpoint.lower()}", report_markdown(report)
    try:
        publish_report.with_options(**RETRY_PATIENTLY)(key=key, markdown=markdown, description=message_of(report))
    except EndpointOpsError as error:
        get_run_logger().warning("the report could not be published: %s\n%s", error.message, markdown)
