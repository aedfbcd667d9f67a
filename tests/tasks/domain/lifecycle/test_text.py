"""Reports, log tails and rights."""

from datetime import UTC, datetime

import pytest

from tasks.domain.azure import logs
from tasks.domain.azure.governance import access
from tasks.domain.azure.governance.access import Permission
from tasks.domain.azure.governance.roles import LIFECYCLE
from tasks.domain.azure.networking.isolation import IsolationProof, ProofPart
from tasks.domain.azure.scoring import ScoringAnswer
from tasks.domain.lifecycle import report
from tasks.domain.lifecycle.report import LifecycleReport, Step


@pytest.mark.parametrize(("text", "lines", "kept"), [("a\nb\nc", 2, "b\nc"), ("a", 5, "a"), ("a\nb", 0, "")])
def test_tail(text: str, lines: int, kept: str) -> None:
    """A tail is the last lines, none for zero."""
    assert logs.tail(text, lines) == kept


def test_is_whole() -> None:
    """A tail with as many lines as asked for may have lost some."""
    assert logs.is_whole("a\nb", 3)
    assert not logs.is_whole("a\nb\nc", 3)


CONTRIBUTOR = Permission(actions=("*",), not_actions=("Microsoft.Authorization/*/Write", "Microsoft.Blueprint/*"))
READER = Permission(actions=("*/read",))


@pytest.mark.parametrize(
    ("permissions", "missing"),
    [
        ((CONTRIBUTOR,), 0),
        ((READER, CONTRIBUTOR), 0),
        ((READER,), len([one for one in LIFECYCLE.actions if not one.endswith("/read")])),
        ((), len(LIFECYCLE.actions)),
    ],
)
def test_missing_actions(permissions: tuple[Permission, ...], missing: int) -> None:
    """A Contributor may do it all, a Reader read."""
    assert len(access.missing_actions(permissions, LIFECYCLE.actions)) == missing


def test_not_actions_take_away() -> None:
    """An exception of a role takes the action away, whatever its case."""
    assert not CONTRIBUTOR.allows("microsoft.authorization/roleAssignments/write")


def test_report_tells_the_run() -> None:
    """Ids, steps, traffic, answer, proof and warnings are all in the report."""
    part = ProofPart(verdict="pass", reason="Seen.")
    proof = IsolationProof(
        endpoint="churn",
        made_at=datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC),
        inside=part,
        outside=ProofPart(verdict="skip", reason="No way out."),
        public_access=part,
    )
    answer = ScoringAnswer(status=200, outcome="ok", body="[1]\n```", latency_seconds=0.0123, request_id="q-1")
    text = report.lifecycle_markdown(
        LifecycleReport(
            title="Endpoint churn",
            seconds=4.2,
            resources={"endpoint": "/e"},
            steps=(Step(name="create | endpoint", state="done", seconds=1.25, detail="a\nb"),),
            traffic={"blue": 100},
            answer=answer,
            proof=proof,
            warnings=("Look out.",),
        )
    )
    assert text.startswith("# Endpoint churn\n\n**Completed** after 4.2 s\n\n## Warnings\n\n- Look out.\n")
    assert "| create \\| endpoint | done | 1.2 | a b |" in text
    assert "| blue | 100 |" in text
    assert "| 200 | ok | 12 ms | unknown | q-1 |\n\n````\n[1]\n```\n````" in text
    assert "2026-01-02T03:04:05+00:00: **SKIP**" in text
    assert text.endswith("## Created resources\n\n```\nendpoint: /e\n```\n")


def test_empty_sections_are_left_out() -> None:
    """What a run did not get to has no heading."""
    assert report.lifecycle_markdown(LifecycleReport(title="T")) == "# T\n\n**Completed** after 0.0 s\n"


def test_a_failed_run_says_so_first() -> None:
    """The reason of a failure stands before everything else."""
    text = report.lifecycle_markdown(LifecycleReport(title="T", failure="No quota.\nNext: Ask."))
    assert text.startswith("# T\n\n**FAILED** after 0.0 s\n\n## Failure\n\n```\nNo quota.\nNext: Ask.\n```")
