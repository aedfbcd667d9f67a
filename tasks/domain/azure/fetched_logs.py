"""All that was fetched of an online deployment's logs: the containers' tails, and what Log Analytics kept."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict

from tasks.domain.azure.logs import DeploymentLogs, LogRecord


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
