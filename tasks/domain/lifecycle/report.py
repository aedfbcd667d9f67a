"""The report of a lifecycle run, as a value and as Markdown."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Literal

from pydantic import BaseModel

from tasks.domain.azure.networking.isolation import IsolationProof
from tasks.domain.azure.scoring import ScoringAnswer
from tasks.domain.common.markdown import code_block, escaped, section, table

StepState = Literal["done", "kept", "failed", "skipped"]


class Step(BaseModel, frozen=True):
    """One step of a run.

    Attributes:
        state: kept: completed by the failed run that this one retries, and still in place.
        seconds: Its wall time, retries included.
    """

    name: str
    state: StepState
    seconds: float
    detail: str = ""


class LifecycleReport(BaseModel, frozen=True):
    """The content of a lifecycle run's report.

    Attributes:
        seconds: The run's wall time.
        resources: ARM ids by kind of resource.
        logs: The last lines by container.
        failure: Why the run failed, empty if it did not.
        cancelled: What a cancelled run leaves in Azure; empty if it was not cancelled.
    """

    title: str
    seconds: float = 0.0
    resources: Mapping[str, str] = {}
    steps: tuple[Step, ...] = ()
    traffic: Mapping[str, int] = {}
    answer: ScoringAnswer | None = None
    proof: IsolationProof | None = None
    logs: Mapping[str, str] = {}
    warnings: tuple[str, ...] = ()
    failure: str = ""
    cancelled: str = ""

    @property
    def outcome(self) -> str:
        """The run's outcome in one word."""
        return "cancelled" if self.cancelled else "failed" if self.failure else "completed"


def after_cancellation(endpoint: str, under_way: Sequence[str]) -> str:
    """Return what a cancelled lifecycle leaves in Azure, and the next actions."""
    running = f" Still running in Azure: {', '.join(under_way)}." if under_way else ""
    return (
        f"The run was cancelled. What it created remains.{running} To finish it, start the lifecycle again: it "
        f"continues from there. To remove it, start the teardown of endpoint {endpoint}, or of its resource group."
    )


def lifecycle_markdown(report: LifecycleReport) -> str:
    """Return the report of one lifecycle run."""
    sections = [
        f"# {report.title}",
        f"**{'FAILED' if report.failure else report.outcome.capitalize()}** after {report.seconds:.1f} s",
        section("Failure", code_block(report.failure) if report.failure else ""),
        section("Remaining resources", escaped(report.cancelled)),
        section("Warnings", "\n".join(f"- {escaped(one)}" for one in report.warnings)),
        section("Scoring", _answer(report.answer)),
        section("Isolation", proof_markdown(report.proof) if report.proof else ""),
        section("Traffic", table(("online deployment", "percent"), report.traffic.items())),
        section("Steps", _steps(report.steps)),
        section("Created resources", _resources(report.resources)),
        section("Logs", "\n\n".join(f"`{name}`\n\n{code_block(text)}" for name, text in report.logs.items() if text)),
    ]
    return "\n\n".join(one for one in sections if one) + "\n"


def proof_markdown(proof: IsolationProof) -> str:
    """Return the proof of isolation as a table, with its date."""
    rows = [
        ("from inside", proof.inside.verdict.upper(), proof.inside.reason),
        ("from the internet", proof.outside.verdict.upper(), proof.outside.reason),
        ("public access", proof.public_access.verdict.upper(), proof.public_access.reason),
    ]
    head = f"Endpoint `{proof.endpoint}`, {proof.made_at.isoformat(timespec='seconds')}: **{proof.verdict.upper()}**"
    return f"{head}\n\n{table(('access', 'verdict', 'result'), rows)}"


def _resources(resources: Mapping[str, str]) -> str:
    """Return the ids in a code block: in a table they would overflow into the next column."""
    return code_block("\n".join(f"{what}: {one}" for what, one in resources.items())) if resources else ""


def _steps(steps: tuple[Step, ...]) -> str:
    return table(
        ("step", "state", "seconds", "detail"),
        [(one.name, one.state, f"{one.seconds:.1f}", one.detail) for one in steps],
    )


def _answer(answer: ScoringAnswer | None) -> str:
    if answer is None:
        return ""
    facts = table(
        ("status", "outcome", "latency", "online deployment", "request id"),
        [
            (
                answer.status,
                answer.outcome,
                f"{answer.latency_seconds * 1000:.0f} ms",
                answer.deployment or "unknown",
                answer.request_id or "unknown",
            )
        ],
    )
    return f"{facts}\n\n{code_block(answer.body)}"
