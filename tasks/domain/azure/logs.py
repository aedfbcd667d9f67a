"""The logs of an online deployment's containers."""

from __future__ import annotations

from datetime import datetime
from typing import Final, Literal

from pydantic import BaseModel

from tasks.domain.common.redaction import SafeText

Container = Literal["inference-server", "storage-initializer"]

CONTAINERS: Final[tuple[Container, ...]] = ("storage-initializer", "inference-server")


class LogRecord(BaseModel, frozen=True):
    """One line from Log Analytics."""

    time: datetime
    container: SafeText
    instance: SafeText
    message: SafeText


class DeploymentLogs(BaseModel, frozen=True):
    """The last lines of both containers.

    Attributes:
        storage_initializer: The container that fetches model and code, before the server starts.
        inference_server: The container that runs score.py.
        is_complete: True when both tails are complete; otherwise older lines are in Log Analytics.
    """

    endpoint: str
    online_deployment: str
    storage_initializer: SafeText = ""
    inference_server: SafeText = ""
    is_complete: bool = True


def tail(text: str, lines: int) -> str:
    """Return the last lines of a text."""
    return "\n".join(text.splitlines()[-lines:]) if lines > 0 else ""


def is_whole(text: str, requested_lines: int) -> bool:
    """Return whether a text is shorter than the requested number of lines, and so complete."""
    return len(text.splitlines()) < requested_lines


class FetchedLogs(BaseModel, frozen=True):
    """The logs of one online deployment.

    Attributes:
        history: Lines from Log Analytics, where the tails are not complete.
        note: Why there is no history although the tails are not complete; else empty.
    """

    tails: DeploymentLogs
    history: tuple[LogRecord, ...] = ()
    note: str = ""
