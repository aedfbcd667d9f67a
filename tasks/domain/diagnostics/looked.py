"""A summary together with the findings that it stands on, where they are worth keeping."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict

from tasks.domain.diagnostics.context import CaseFile
from tasks.domain.diagnostics.finding import Finding
from tasks.domain.diagnostics.summary import Summary


class Looked(BaseModel):
    """One look.

    Attributes:
        findings: The endpoint's own and its workspace's; empty when all is well, to keep a large run small.
        case: The facts behind them, where a support bundle was asked for.
    """

    model_config = ConfigDict(frozen=True)

    summary: Summary
    findings: tuple[Finding, ...] = ()
    case: CaseFile | None = None
