"""Publish the report of a run as a Markdown artifact."""

from __future__ import annotations

from prefect import task
from prefect.logging import get_run_logger

from tasks.domain.common.markdown import escaped
from tasks.runtime.artifacts import publish_markdown
from tasks.runtime.prefect_api import short_prefect_timeouts
from tasks.runtime.results import UNCACHED


@task(task_run_name="publish report {key}", **UNCACHED)
def publish_report(key: str, markdown: str, description: str) -> None:
    """Publish a report under a key that is the same in every run, so that Prefect shows its history.

    Safe to run again: each publication is a new version.

    Args:
        key: Lower-case letters, digits and dashes.
        markdown: The report.
        description: One line for the list of artifacts, which Prefect's UI also renders as Markdown.
    """
    with short_prefect_timeouts():
        publish_markdown(key, markdown, escaped(description))
    get_run_logger().info("Report: artifact %s", key)
