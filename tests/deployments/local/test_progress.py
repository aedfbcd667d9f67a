"""What a person sees on the terminal while a flow runs."""

from __future__ import annotations

import io
import logging

import pytest

from deployments.local.progress import Progress


@pytest.fixture
def screen() -> io.StringIO:
    return io.StringIO()


def said(screen: io.StringIO, *texts: str, level: int = logging.DEBUG) -> list[str]:
    progress = Progress(screen)
    for text in texts:
        record = logging.LogRecord("prefect.task_runs", level, "", 0, text, (), None)
        record.task_run_name = "create endpoint churn"
        progress.handle(record)
    return screen.getvalue().splitlines()


def test_a_step_shows_when_it_begins_and_how_it_ended(screen: io.StringIO) -> None:
    """One line each, the second with state and time."""
    lines = said(screen, "Executing task 'create_endpoint' for task run 'x'...", "Finished in state Completed()")
    assert lines[0].split() == ["▸", "create", "endpoint", "churn"]
    assert lines[1].split() == ["✓", "create", "endpoint", "churn", "completed", "0.0", "s"]


def test_a_failed_step_is_marked(screen: io.StringIO) -> None:
    """A failure can't be mistaken for success."""
    (line,) = said(screen, "Finished in state Failed('no')")
    assert line.split()[0] == "✗"


def test_what_a_step_says_is_shown_and_its_details_are_not(screen: io.StringIO) -> None:
    """INFO tells the story; DEBUG is for the log."""
    assert said(screen, "The network is Active", level=logging.INFO) == ["      The network is Active"]
    assert said(io.StringIO(), "some detail") == []


def test_what_the_flow_warns_of_stands_between_the_steps(screen: io.StringIO) -> None:
    """Why a rollout is taken back is seen when it happens."""
    progress = Progress(screen)
    for level, text in (
        (logging.WARNING, "taking green back: it is slow"),
        (logging.ERROR, "Finished in state Failed"),
    ):
        progress.handle(logging.LogRecord("prefect.flow_runs", level, "", 0, text, (), None))
    assert screen.getvalue() == "  ! taking green back: it is slow\n"
