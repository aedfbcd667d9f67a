"""Publish the result of a diagnostics run: a page, a table of all endpoints, and the complete result as JSON."""

from __future__ import annotations

from prefect import task
from prefect.logging import get_run_logger

from tasks.domain.common.markdown import escaped
from tasks.domain.diagnostics.report import DiagnosticsReport
from tasks.domain.diagnostics.report_page import diagnostics_markdown, diagnostics_rows
from tasks.runtime.artifacts import publish_data
from tasks.runtime.results import UNCACHED


@task(task_run_name="publish report {key}", **UNCACHED)
async def publish_diagnostics(key: str, report: DiagnosticsReport) -> None:
    """Publish under keys that are the same in every run: `KEY`, `KEY-table` and `KEY-json`.

    Safe to run again: each publication is a new version, and Prefect shows their history.
    """
    text = escaped(report.message)  # Prefect's UI renders a description as Markdown
    await publish_data("markdown", key, text, diagnostics_markdown(report))
    await publish_data("table", f"{key}-table", text, diagnostics_rows(report))
    await publish_data("json", f"{key}-json", text, report.model_dump(mode="json"))
    get_run_logger().info("Report: artifact %s", key)
