"""Reports, log tails, redaction and rights."""

import json
import time
from datetime import UTC, datetime

import pytest

from tasks.domain.azure import access, logs
from tasks.domain.azure.access import Permission
from tasks.domain.azure.isolation import IsolationProof, ProofPart
from tasks.domain.azure.roles import LIFECYCLE
from tasks.domain.azure.scoring import ScoringAnswer
from tasks.domain.common import redaction
from tasks.domain.lifecycle import report
from tasks.domain.lifecycle.report import LifecycleReport, Step


@pytest.mark.parametrize(
    ("text", "secret"),
    [
        ("https://a.blob.core.windows.net/c/f?sv=1&sig=abc%2Fdef&se=2", "abc%2Fdef"),
        ("AccountName=a;AccountKey=QUJD==;Endpoint=b", "QUJD=="),
        ("client_secret=hunter2&scope=x", "hunter2"),
        ('"client_secret": "hunter2"', "hunter2"),
        ("Authorization: Bearer eyJhbGciOi.JIUzI1NiJ9.x_y-z", "eyJhbGciOi"),
        ('{"primaryKey": "k1", "secondaryKey":"k2"}', "k2"),
        ('{"sasUri": "https://a/b?sig=zzz"}', "zzz"),
    ],
)
def test_secrets_are_replaced(text: str, secret: str) -> None:
    """Signatures, keys, secrets and tokens become stars."""
    cleaned = redaction.redact(text)
    assert secret not in cleaned
    assert "***" in cleaned


@pytest.mark.parametrize(
    ("text", "secret"),
    [
        ("got eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiIxIn0.c2lnbmF0dXJl from the header", "eyJzdWIiOiIxIn0"),
        ("connecting to postgresql://app:hunter2@db.internal/churn", "hunter2"),
        ("DB_PASSWORD=hunter2 PATH=/bin", "hunter2"),
        ("password: 'hunter 2'", "hunter 2"),
        ('{"tags": {"api-key": "hunter2"}}', "hunter2"),
        ("headers: {'Authorization': 'Basic aHVudGVyMg=='}", "aHVudGVyMg"),
        ("Authorization: aHVudGVyMg==", "aHVudGVyMg"),
        ("Ocp-Apim-Subscription-Key: hunter2", "hunter2"),
        ("x?sig=zzz", "zzz"),
        ("{'primaryKey': 'k1'}", "k1"),
        ("x-functions-key: k1", "k1"),
        ("Set-Cookie: session=abc123", "abc123"),
        ("-----BEGIN RSA PRIVATE KEY-----\nMIIEow\n-----END RSA PRIVATE KEY-----", "MIIEow"),
        ("pass\x1b[1mword=hunter2", "hunter2"),
    ],
)
def test_what_leaves_the_team_loses_likely_secrets_too(text: str, secret: str) -> None:
    """Tokens without a label, passwords in addresses, and whatever is named like a secret become stars."""
    cleaned = redaction.redact_strictly(text)
    assert secret not in cleaned
    assert "***" in cleaned


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("\x1b[2J\x1b[31mred\x1b[0m", "red"),
        ("\x1b]0;owned\x07title", "title"),
        ("\x1b]8;;http://elsewhere\x1b\\link\x1b]8;;\x1b\\", "link"),
        ("\x1b]open\nnext line", "\nnext line"),
        ("50 %\r100 %\r\ndone\tok", "50 %\n100 %\ndone\tok"),
        ("a\x00b\x9b\u202ec", "a\ufffdb\ufffd\ufffdc"),
        ("half of a smile: \ud83d", "half of a smile: \ufffd"),
        ("a whole one: \U0001f600, größer", "a whole one: \U0001f600, größer"),
        ("pass\x1b[0mword", "password"),
    ],
)
def test_text_commands_no_terminal_and_can_be_written(text: str, shown: str) -> None:
    """Escape sequences, control characters and halves of characters are taken out; lines stay lines."""
    assert redaction.redact(text) == shown
    assert shown.encode()


@pytest.mark.parametrize("text", ["-eyJ" * 50_000, "://a:" * 40_000, 'password="' * 20_000, "Bearer " * 30_000])
def test_redaction_takes_no_longer_for_a_nasty_text(text: str) -> None:
    """A log made to look like a secret at every place doesn't hold up the run."""
    began = time.perf_counter()
    redaction.redact_strictly(text)
    assert time.perf_counter() - began < 3


def test_strict_redaction_leaves_json_whole() -> None:
    """What was JSON can still be read as such."""
    cleaned = redaction.redact_strictly(json.dumps({"tags": {"api-key": "hunter2", "db": "a://b:hunter2@c"}, "n": 1}))
    assert json.loads(cleaned) == {"tags": {"api-key": "***", "db": "a://b:***@c"}, "n": 1}


def test_strict_redaction_keeps_what_a_ticket_needs() -> None:
    """Settings, ids and tracebacks stay."""
    text = '{"auth_mode": "key", "id": "/subscriptions/1"} ValueError: a row has 10 measurements, at score.py:20'
    assert redaction.redact_strictly(text) == text


def test_plain_text_is_kept() -> None:
    """Nothing else is touched."""
    text = "signal=5; the key is under the mat; bearer of news"
    assert redaction.redact(text).startswith("signal=5; the key is under the mat")


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
