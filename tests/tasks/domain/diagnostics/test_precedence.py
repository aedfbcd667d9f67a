"""One root cause among many findings."""

from __future__ import annotations

import pytest

from tasks.checks import ALL_CHECKS
from tasks.domain.diagnostics.finding import Finding, Severity, Status
from tasks.domain.diagnostics.precedence import explained_by, rank
from tasks.domain.diagnostics.verdict import Health, health_of, judge_endpoint

CHECKS = {check.code: check for check in ALL_CHECKS}


def found(code: str, status: Status = "FAIL", severity: Severity | None = None) -> Finding:
    code = f"SCORE-{code}"
    return Finding(
        code=code,
        name="n",
        title="T",
        severity=severity or CHECKS[code].severity,
        subject="/s",
        status=status,
        reason="r",
        explains=CHECKS[code].explains,
    )


@pytest.mark.parametrize(
    ("failing", "cause", "suspects"),
    [
        ("WS-001 END-001 DEP-001", "WS-001", ""),
        ("NET-002 DEP-001 TRF-001 CALL-003", "NET-002", ""),
        ("DEP-001 TRF-001 CALL-003", "DEP-001", ""),
        ("LOG-001 DEP-001 TRF-001 CALL-003", "LOG-001", ""),
        ("LOG-001 CALL-004 LOG-002", "LOG-001", ""),
        ("TRF-001 CALL-003", "TRF-001", ""),
        ("KV-001 KV-002 CALL-002", "KV-001", ""),
        ("PE-001 DNS-001 DNS-003 CALL-002", "PE-001", ""),
        ("PE-002 DNS-001 DNS-002 CALL-002", "PE-002", ""),
        ("DNS-003 DNS-001 DNS-002 DNS-006 CALL-001", "DNS-003", ""),
        ("DNS-004 DNS-001 DNS-002 CALL-002", "DNS-004", ""),
        ("DNS-005 DNS-001 DNS-002", "DNS-005", ""),
        ("DNS-006 DNS-001 DNS-002 CALL-002", "DNS-006", ""),
        ("EGR-002 DEP-001", "EGR-002", ""),
        ("K8S-003 K8S-002 CALL-001", "K8S-003", ""),
        ("K8S-001 K8S-002 CALL-001", "K8S-001", ""),
        # Two troubles at once: the one that stops scoring is the cause, the other a suspect.
        ("REG-002 LOG-001 CALL-004", "LOG-001", "REG-002"),
        ("KV-001 TRF-001 CALL-003", "TRF-001", "KV-001"),
        ("DNS-003 DNS-001 LOG-001 DEP-001 CALL-002", "DNS-003", "LOG-001"),
        ("ISO-001 DNS-004 DNS-001", "DNS-004", "ISO-001"),
        ("NET-002 REG-002 DEP-001", "NET-002", "REG-002"),
        # Only what is worth knowing.
        ("REG-002", "REG-002", ""),
        ("NET-004 WS-004", "NET-004", "WS-004"),
    ],
)
def test_the_root_cause_is_the_one_that_nothing_explains(failing: str, cause: str, suspects: str) -> None:
    """Of several, the gravest in its effects; symptoms are neither cause nor suspects."""
    findings = [found(code) for code in failing.split()]
    for order in (findings, findings[::-1]):
        verdict = judge_endpoint("/e", order)
        assert verdict.cause
        assert verdict.cause.code == f"SCORE-{cause}"
        assert [one.code for one in verdict.suspects] == [f"SCORE-{code}" for code in suspects.split()]
        named = 1 + len(verdict.suspects) + len(verdict.symptoms)
        assert named == len(findings)


def test_a_failure_comes_before_a_warning() -> None:
    """A warning is a suspect as long as anything has failed."""
    verdict = judge_endpoint("/e", [found("NET-001", "WARN"), found("CALL-005", "WARN"), found("LOG-004")])
    assert verdict.cause
    assert verdict.cause.code == "SCORE-LOG-004"
    assert [one.code for one in verdict.suspects] == ["SCORE-NET-001", "SCORE-CALL-005"]


def test_an_error_is_listed_and_never_a_cause() -> None:
    """What nobody could look at is told, not guessed."""
    verdict = judge_endpoint("/e", [found("DNS-003", "ERROR"), found("DNS-001")])
    assert verdict.cause
    assert verdict.cause.code == "SCORE-DNS-001"
    assert [one.code for one in verdict.not_looked_at] == ["SCORE-DNS-003"]


@pytest.mark.parametrize(
    ("findings", "health"),
    [
        ([], "healthy"),
        ([("CALL-001", "PASS"), ("DNS-001", "SKIP")], "healthy"),
        ([("CALL-001", "FAIL"), ("WS-002", "ERROR")], "unhealthy"),
        ([("CALL-001", "ERROR")], "unknown"),
        ([("REG-002", "ERROR"), ("NET-001", "WARN")], "unknown"),
        ([("REG-002", "FAIL")], "degraded"),
        ([("NET-001", "WARN")], "degraded"),
        ([("LOG-002", "ERROR"), ("NET-001", "WARN")], "degraded"),
        ([("LOG-002", "ERROR")], "unknown"),
    ],
)
def test_health_is_the_worst_of_the_findings(findings: list[tuple[str, Status]], health: Health) -> None:
    """An error is never taken for well; one in a minor look doesn't hide a warning."""
    assert health_of(found(code, status) for code, status in findings) == health


def test_explanations_reach_over_several_steps() -> None:
    """A missing network explains a failed deployment explains a 404; a healthy deployment breaks the chain."""
    wrong = {code: CHECKS[code].explains for code in ("SCORE-NET-002", "SCORE-DEP-001", "SCORE-CALL-003")}
    effects = CHECKS["SCORE-NET-002"].explains
    assert explained_by(effects, wrong) == {"SCORE-DEP-001", "SCORE-CALL-003"}
    wrong.pop("SCORE-DEP-001")
    assert explained_by(effects, wrong) == frozenset()
    assert explained_by([], wrong) == frozenset()


def test_causes_come_from_the_workspace_outward() -> None:
    """Those that explain nothing come last, and so does a kind of check that the order doesn't know."""
    order = ["SCORE-WS-003", "SCORE-NET-002", "SCORE-DNS-003", "SCORE-CALL-002", "SCORE-NEW-001"]
    assert sorted(order, key=lambda code: rank(code, ("effect",))) == order
    assert rank("SCORE-WS-004", ()) > rank("SCORE-NEW-001", ("effect",))


def test_what_stands_alone_is_nobodys_effect() -> None:
    """Used-up quota has nothing to do with a missing network; what it brings about itself is explained by it."""
    quota = found("DEP-001").model_copy(update={"stands_alone": True})
    findings = [found("NET-002"), quota, found("TRF-001"), found("CALL-003")]
    verdict = judge_endpoint("/e", findings)
    assert verdict.cause == quota
    assert [one.code for one in verdict.suspects] == ["SCORE-NET-002"]
    assert [one.code for one in verdict.symptoms] == ["SCORE-TRF-001", "SCORE-CALL-003"]
