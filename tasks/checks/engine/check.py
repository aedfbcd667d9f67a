"""The shape of a check: look first, judge second."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, Generic, Literal, TypeVar

from tasks.checks.engine.endpoint_look import EndpointLook
from tasks.checks.engine.workspace_look import WorkspaceLook
from tasks.domain.diagnostics.finding import Severity, Verdict
from tasks.domain.diagnostics.subject import Subject

L = TypeVar("L", EndpointLook, WorkspaceLook)
S = TypeVar("S")


def always(_subject: Subject) -> str:
    """Applies to every subject."""
    return ""


@dataclass(frozen=True)
class Check(Generic[L, S]):
    """One check.

    Attributes:
        code: Stable for ever; a retired code is never used again.
        name: The module's name, a sentence that is true when all is well.
        title: The same sentence for a reader.
        scope: Whether it is judged once per workspace or for each endpoint.
        inputs: The facts that ``observe`` reads, by name.
        observe: All the looking: takes facts from the look, asks nobody itself.
        judge: A pure function of the subject and what was seen.
        remedy: The exact command or setting. May name {subscription}, {resource_group}, {workspace}, {endpoint} and
            {flags} (the workspace's options of ``az ml`` commands).
        doc: Where Azure's documentation tells more.
        applies: Why the subject is none for this check; empty when it is one. Asked before anything is looked at.
        deep: Looked at only where something else isn't well.
    """

    code: str
    name: str
    title: str
    severity: Severity
    scope: Literal["workspace", "endpoint"]
    inputs: tuple[str, ...]
    observe: Callable[[L], Awaitable[S]]
    judge: Callable[[Subject, S], Verdict]
    remedy: str
    doc: str
    applies: Callable[[Subject], str] = always
    deep: bool = False


AnyCheck = Check[Any, Any]
