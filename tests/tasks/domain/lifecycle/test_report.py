"""The report of a lifecycle run."""

from __future__ import annotations

from tasks.domain.lifecycle.report import LifecycleReport, Step, lifecycle_markdown

STEPS = (
    Step(name="create workspace", state="kept", seconds=0.01),
    Step(name="create endpoint", state="failed", seconds=2.5, detail="name | taken"),
)


def test_a_failed_run_says_so_first() -> None:
    """Failure and reason come before everything else, and the steps say where."""
    report = LifecycleReport(title="Lifecycle of churn", seconds=3.21, steps=STEPS, failure="taken\nNext: another name")
    text = lifecycle_markdown(report)
    assert text.startswith("# Lifecycle of churn\n\n**FAILED** after 3.2 s\n\n## Failure\n\n```\ntaken\nNext:")
    assert "| create workspace | kept | 0.0 |  |" in text
    assert "| create endpoint | failed | 2.5 | name \\| taken |" in text


def test_logs_stand_in_blocks_of_their_own() -> None:
    """Each container's lines are shown as they are; an empty log is left out."""
    text = lifecycle_markdown(LifecycleReport(title="t", logs={"inference-server": "a\nb", "storage-initializer": ""}))
    assert "`inference-server`\n\n```\na\nb\n```" in text
    assert "storage-initializer" not in text
    assert "**Completed**" in text
