"""The shape of a check, with every fact about it: observe first, judge second."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, Generic, Literal, TypeVar

from tasks.checks.engine.endpoint_facts import EndpointFacts
from tasks.checks.engine.workspace_facts import WorkspaceFacts
from tasks.domain.diagnostics.finding import Severity, Verdict
from tasks.domain.diagnostics.subject import Subject
from tasks.domain.remedy.plan import Draft, RemedyRequest

F = TypeVar("F", EndpointFacts, WorkspaceFacts)
S = TypeVar("S")

Planner = Callable[[EndpointFacts, RemedyRequest], Awaitable[Draft]]


def always(_subject: Subject) -> str:
    """Applies to every subject."""
    return ""


@dataclass(frozen=True)
class Check(Generic[F, S]):
    """One check. Its module's docstring says what it means, that of ``judge`` when it fails or warns.

    Attributes:
        code: Stable for ever; a retired code is never used again.
        title: A sentence that is true when the subject is healthy.
        severity: How grave a failure is.
        scope: Judged once per workspace, or for each endpoint.
        inputs: The facts that ``observe`` reads, by name.
        observe: Everything that reads: takes facts, and never calls a client itself.
        judge: A pure function of the subject and the observation.
        remedy: The exact command or setting. May name {subscription}, {resource_group}, {workspace}, {endpoint} and
            {flags} (the workspace's options of ``az ml`` commands).
        doc: The page of Azure's documentation.
        applies: Why the check does not apply to the subject; empty when it does. Called before anything is read.
        deep: Run only where another finding is not PASS or SKIP.
        explains: Codes of the checks that fail as a direct consequence of this one: the root cause is named by them.
        because: Why they do, in a sentence.
        fixed_by_redeploy: Whether a new online deployment is what fixes it, so that it does not forbid a rollout.
        plan: Drafts the remedy, where one is safe enough to be applied after an approval.
    """

    code: str
    title: str
    severity: Severity
    scope: Literal["workspace", "endpoint"]
    inputs: tuple[str, ...]
    observe: Callable[[F], Awaitable[S]]
    judge: Callable[[Subject, S], Verdict]
    remedy: str
    doc: str
    applies: Callable[[Subject], str] = always
    deep: bool = False
    explains: tuple[str, ...] = ()
    because: str = ""
    fixed_by_redeploy: bool = False
    plan: Planner | None = None

    @property
    def name(self) -> str:
        """The module's name: its title in short, and as stable as the code."""
        return self.judge.__module__.rpartition(".")[2]


AnyCheck = Check[Any, Any]
