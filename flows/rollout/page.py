"""The report of a rollout as an artifact."""

from __future__ import annotations

from prefect.logging import get_run_logger

from tasks.domain.common.errors import EndpointOpsError
from tasks.domain.rollout.report import RolloutReport
from tasks.domain.rollout.report_page import message_of, report_markdown
from tasks.runtime.publish_report import publish_report
from tasks.runtime.retry import RETRY_PATIENTLY


def publish_rollout(report: RolloutReport) -> None:
    """Publish the report under its endpoint's key: all rollouts to an endpoint are versions of one artifact.

    Waits up to half an hour for a Prefect server that does not answer: it could not record the run's end either. A
    report that can't be published is logged, and does not change the outcome.
    """
    key, markdown = f"rollout-{report.endpoint.lower()}", report_markdown(report)
    try:
        publish_report.with_options(**RETRY_PATIENTLY)(key=key, markdown=markdown, description=message_of(report))
    except EndpointOpsError as error:
        get_run_logger().warning("The report could not be published: %s\n%s", error.message, markdown)
