"""How facts are shared, and what becomes of errors."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import Any, cast

import pytest
from support.check_facts import TARGET, endpoint, subject_of

from tasks.checks.engine.check import Check
from tasks.checks.engine.diagnose import Round, diagnose_endpoint
from tasks.checks.engine.endpoint_facts import EndpointFacts
from tasks.checks.engine.facts import Facts, fact
from tasks.checks.engine.running import finding, run_checks
from tasks.checks.engine.sources import Sources
from tasks.checks.engine.workspace_facts import WorkspaceFacts
from tasks.domain.common.clock import SYSTEM
from tasks.domain.common.errors import AccessDenied, EndpointOpsError, Origin
from tasks.domain.diagnostics.finding import Verdict, failed, passed, seen
from tasks.domain.diagnostics.results import DiagnosisRequest, Samples
from tasks.domain.diagnostics.subject import Subject


class Counting(Facts):
    """Facts that count how often they are read."""

    def __init__(self) -> None:
        super().__init__()
        self.reads: list[str] = []
        self.go = asyncio.Event()

    @fact
    async def slow(self) -> str:
        self.reads.append("slow")
        await self.go.wait()
        return "seen"

    @fact
    async def refused(self) -> str:
        self.reads.append("refused")
        raise AccessDenied("read the registry: refused", "Ask for the role Reader.", Origin(code="AuthorizationFailed"))


async def test_a_fact_is_read_once_for_all_who_ask() -> None:
    """Those who ask at the same moment, and those who ask later."""
    facts = Counting()
    asking = [asyncio.create_task(facts.slow()) for _ in range(5)]  # type: ignore[arg-type]  # a fact is a coroutine
    await asyncio.sleep(0)
    facts.go.set()
    assert await asyncio.gather(*asking, facts.slow()) == ["seen"] * 6
    assert facts.reads == ["slow"]


async def test_a_failed_read_fails_for_all_who_ask_and_is_not_repeated() -> None:
    """The same error, with its hint."""
    facts = Counting()
    found = await asyncio.gather(facts.refused(), facts.refused(), return_exceptions=True)
    assert [str(one) for one in found] == [str(found[0])] * 2
    assert facts.reads == ["refused"]
    with pytest.raises(AccessDenied):
        await facts.refused()
    assert facts.reads == ["refused"]


async def test_who_gives_up_takes_nothing_from_the_others() -> None:
    """A canceled asker doesn't cancel the read."""
    facts = Counting()
    one, other = (asyncio.ensure_future(facts.slow()) for _ in range(2))
    await asyncio.sleep(0)
    one.cancel()
    facts.go.set()
    assert await other == "seen"
    assert one.cancelled()


async def test_closing_stops_what_is_still_read() -> None:
    """Nothing goes on behind the run's back."""
    facts = Counting()
    asking = asyncio.ensure_future(facts.slow())
    await asyncio.sleep(0)
    facts.close()
    with pytest.raises(asyncio.CancelledError):
        await asking


def check_that(error: Exception | None, code: str) -> Check[Any, Any]:
    """A check whose observation ends so."""

    async def observe(_facts: EndpointFacts) -> str:
        if error:
            raise error
        return "seen"

    def judge(_subject: Subject, seen: str) -> Verdict:
        return passed(f"It was {seen}.")

    return Check(
        code=code,
        title="Something is well",
        severity="critical",
        scope="endpoint",
        inputs=(),
        observe=observe,
        judge=judge,
        remedy="az ml online-endpoint show --name {endpoint} {flags}",
        doc="https://learn.microsoft.com/azure/",
    )


def _broken(_subject: Subject, _seen: str) -> Verdict:
    return {"no": "such key"}["key"]  # type: ignore[return-value]  # the mistake that is tested


async def test_errors_become_findings_and_end_nobody_else() -> None:
    """What could not be looked at is an ERROR with its hint; a mistake in a check is one of that check alone."""
    denied = AccessDenied("read the registry: refused", "Ask for the role Reader.", Origin(code="AuthorizationFailed"))
    checks = (
        check_that(None, "A"),
        check_that(denied, "B"),
        check_that(ValueError("sig=abc&x"), "C"),
        replace(check_that(None, "D"), judge=_broken),
        replace(check_that(denied, "E"), applies=lambda _: "It doesn't apply."),
    )
    found = await run_checks(checks, Facts(), subject_of())
    assert [(one.code, one.status) for one in found] == [
        ("A", "PASS"),
        ("B", "ERROR"),
        ("C", "ERROR"),
        ("D", "ERROR"),
        ("E", "SKIP"),
    ]
    assert found[1].reason == "Not checked: read the registry: refused (AuthorizationFailed)"
    assert found[1].remedy == "Ask for the role Reader."
    assert "abc" not in found[2].reason
    assert "KeyError" in found[3].reason
    assert found[4].reason == "It doesn't apply."
    assert issubclass(AccessDenied, EndpointOpsError)


def test_what_a_finding_quotes_is_safe_to_show_and_short() -> None:
    """Azure's and the model's words come without secrets and escape sequences, and none of them fills the screen."""
    nasty = seen("\x1b[2Jmessage", "\x1b]0;x\x07AccountKey=abc123; \ud83d" + "x" * 5000)
    found = finding(check_that(None, "SCORE-WS-001"), subject_of(), failed("\x1b[31mDown" * 500, *[nasty] * 200))
    text = found.model_dump_json()
    assert "abc123" not in text
    assert "\\u001b" not in text
    assert found.reason.startswith("DownDown")
    assert len(text) < 30_000
    assert found.evidence[0].what == "message"
    assert found.evidence[-1].seen == "180 more lines"


async def test_a_fault_of_our_own_in_one_look_becomes_findings_too() -> None:
    """Whatever breaks a scoring call, the endpoint has its verdict, and the run goes on to the others."""
    nothing = cast("Any", None)  # clients that break with errors that nobody knows
    sources = Sources(nothing, nothing, nothing, nothing, SYSTEM)
    round_ = Round(sources, DiagnosisRequest(samples=Samples(requests={"*": "{}"})))
    found = await diagnose_endpoint(round_, WorkspaceFacts(sources, TARGET), endpoint())
    assert found.verdict.health == "unknown"
    assert found.latency_seconds is None
    broken = {one.code for one in found.findings if "The check itself failed" in one.reason}
    assert {"SCORE-CALL-001", "SCORE-DNS-001", "SCORE-TLS-001"} <= broken
