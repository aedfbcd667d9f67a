"""Records of an online deployment, saved before its removal: logs, events, metrics and numbers."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pydantic import BaseModel

from tasks.domain.azure.logs import DeploymentLogs
from tasks.domain.azure.metric import MetricSeries, metrics_markdown
from tasks.domain.common.markdown import code_block, escaped, table
from tasks.domain.rollout.report_page import steps_markdown
from tasks.domain.rollout.step_result import Bake


class Records(BaseModel, frozen=True):
    """Everything that could be read.

    Attributes:
        why: The reason for saving them.
        events: Rows of the instances' events in Log Analytics, the oldest first.
        metrics: Its metrics from Azure Monitor.
        bakes: The steps in which it was observed.
        notes: Sources that could not be read.
    """

    endpoint: str
    online_deployment: str
    why: str
    logs: DeploymentLogs | None = None
    events: tuple[Mapping[str, Any], ...] = ()
    metrics: tuple[MetricSeries, ...] = ()
    bakes: tuple[Bake, ...] = ()
    notes: tuple[str, ...] = ()


def records_markdown(records: Records) -> str:
    """Return the records as Markdown, for an artifact."""
    logs = records.logs
    parts = [
        f"# {escaped(records.online_deployment)} of {escaped(records.endpoint)}",
        escaped(records.why),
        "\n".join(f"* {escaped(note)}" for note in records.notes),
        f"## Numbers\n\n{steps_markdown(records.bakes)}" if records.bakes else "",
        f"## Metrics\n\n{metrics_markdown(records.metrics)}" if records.metrics else "",
        f"## Events\n\n{_events(records.events)}" if records.events else "",
        f"## Log of inference-server\n\n{code_block(logs.inference_server or 'empty')}" if logs else "",
        f"## Log of storage-initializer\n\n{code_block(logs.storage_initializer or 'empty')}" if logs else "",
    ]
    return "\n\n".join(part for part in parts if part) + "\n"


def _events(events: tuple[Mapping[str, Any], ...]) -> str:
    rows = [(one["TimeGenerated"], escaped(str(one["Name"])), escaped(str(one["Message"] or ""))) for one in events]
    return table(("time", "event", "message"), rows)
