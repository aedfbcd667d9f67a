"""Publish the result of a diagnostics run: a page, a table of all endpoints, and the complete result as JSON."""

from __future__ import annotations

from prefect import task
from prefect.artifacts import Artifact, acreate_markdown_artifact, acreate_table_artifact
from prefect.logging import get_run_logger

from tasks.domain.common.markdown import escaped
from tasks.domain.diagnostics.report import DiagnosticsReport
from tasks.domain.diagnostics.report_page import diagnostics_markdown, diagnostics_rows
from tasks.runtime.results import UNCACHED


@task(task_run_name="publish report {key}", **UNCACHED)
async def publish_diagnostics(key: str, report: DiagnosticsReport) -> None:
    """Publish under keys that are the same in every run: `KEY`, `KEY-table` and `KEY-json`.

    Safe to run again: each publication is a new version, and Prefect shows their history.
    """
    text = escaped(report.message)  # Prefect's UI renders a description as Markdown
    await acreate_markdown_artifact(key=key, markdown=diagnostics_markdown(report), description=text)
    await acreate_table_artifact(key=f"{key}-table", table=diagnostics_rows(report), description=text)
    await Artifact(type="json", key=f"{key}-json", description=text, data=report.model_dump(mode="json")).acreate()
    get_run_logger().info("Report: artifact %s", key)
