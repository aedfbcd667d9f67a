"""The logs of an online deployment's containers."""

from __future__ import annotations

from datetime import datetime
from typing import Final, Literal

from pydantic import BaseModel, ConfigDict

Container = Literal["inference-server", "storage-initializer"]

CONTAINERS: Final[tuple[Container, ...]] = ("storage-initializer", "inference-server")


class LogRecord(BaseModel):
    """One line that Log Analytics kept."""

    model_config = ConfigDict(frozen=True)

    time: datetime
    container: str
    instance: str
    message: str


class DeploymentLogs(BaseModel):
    """The last lines of both containers.

    Attributes:
        storage_initializer: The container that fetches model and code, before the server starts.
        inference_server: The container that runs score.py.
        is_complete: Whether both tails hold everything; older lines are in Log Analytics if not.
    """

    model_config = ConfigDict(frozen=True)

    endpoint: str
    online_deployment: str
    storage_initializer: str = ""
    inference_server: str = ""
    is_complete: bool = True


def tail(text: str, lines: int) -> str:
    """The last lines of a text."""
    return "\n".join(text.splitlines()[-lines:]) if lines > 0 else ""


def is_whole(text: str, asked_lines: int) -> bool:
    """Whether a tail of so many lines can have held everything."""
    return len(text.splitlines()) < asked_lines


class FetchedLogs(BaseModel):
    """The logs of one online deployment.

    Attributes:
        history: What Log Analytics kept, where the tails did not hold everything.
        note: Why there is no history although the tails are not everything; else empty.
    """

    model_config = ConfigDict(frozen=True)

    tails: DeploymentLogs
    history: tuple[LogRecord, ...] = ()
    note: str = ""
