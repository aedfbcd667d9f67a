"""A rollout's report as an artifact, under its endpoint's key."""

from __future__ import annotations

from tasks.domain.rollout_report import RolloutReport
from tasks.domain.rollout_text import message_of, report_markdown
from tasks.publish_report import publish_report


def publish_rollout(report: RolloutReport) -> None:
    """Publish it; all rollouts to an endpoint are versions of one artifact."""
    key = f"rollout-{report.endpoint.lower()}"
    publish_report(key=key, markdown=report_markdown(report), description=message_of(report))
