"""Run checks: facts first, then the verdict; an error of either becomes an ERROR finding."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from typing import Final

from tasks.checks.engine.check import AnyCheck
from tasks.checks.engine.facts import Facts
from tasks.domain.common.commands import argument
from tasks.domain.common.errors import EndpointOpsError
from tasks.domain.common.redaction import redact
from tasks.domain.diagnostics.finding import Evidence, Finding, Verdict, seen, skipped
from tasks.domain.diagnostics.subject import Subject

_MOST_EVIDENCE, _MOST_CHARS = 20, 1000  # a person has to read it
_BUG: Final = "Report this as a bug of the check."


async def run_checks(checks: Iterable[AnyCheck], facts: Facts, subject: Subject) -> tuple[Finding, ...]:
    """Run checks on one subject concurrently; an error in one does not affect the others."""
    todo = tuple(checks)
    results = await asyncio.gather(*(_run(one, facts, subject) for one in todo), return_exceptions=True)
    return tuple(
        one if isinstance(one, Finding) else finding(check, subject, _broken(one))
        for check, one in zip(todo, results, strict=True)
    )


def finding(check: AnyCheck, subject: Subject, verdict: Verdict) -> Finding:
    """Return the verdict as a finding: with everything that a reader needs."""
    is_quiet = verdict.status in {"PASS", "SKIP"}
    verdict = verdict if is_quiet else _safe(verdict)
    return Finding(
        code=check.code,
        name=check.name,
        title=check.title,
        severity=check.severity,
        subject=subject.id,
        status=verdict.status,
        reason=verdict.reason,
        evidence=verdict.evidence,
        remedy="" if is_quiet else verdict.remedy or _filled(check.remedy, subject),
        doc=check.doc,
        stands_alone=verdict.stands_alone,
        explains=check.explains,
        fixed_by_redeploy=check.fixed_by_redeploy,
    )


def _safe(verdict: Verdict) -> Verdict:
    """Return the verdict with its quotes safe to show, and short enough to read."""
    shown = tuple(
        Evidence(what=_short(one.what), seen=_short(one.seen), expected=_short(one.expected))
        for one in verdict.evidence[:_MOST_EVIDENCE]
    )
    if len(verdict.evidence) > _MOST_EVIDENCE:
        shown += (seen("and more", f"{len(verdict.evidence) - _MOST_EVIDENCE} more lines"),)
    update = {"reason": _short(verdict.reason), "evidence": shown, "remedy": redact(verdict.remedy)}
    return verdict.model_copy(update=update)


def _short(text: str) -> str:
    text = redact(text)
    return text if len(text) <= _MOST_CHARS else f"{text[:_MOST_CHARS]}…"


def not_deep(check: AnyCheck, subject: Subject) -> Finding:
    """Return the finding of a deep check that was not needed."""
    return finding(check, subject, skipped("Not checked: nothing else is wrong, so the deep checks were not run."))


async def _run(check: AnyCheck, facts: Facts, subject: Subject) -> Finding:
    reason = check.applies(subject)
    if reason:
        return finding(check, subject, skipped(reason))
    try:
        found = await check.observe(facts)
    except EndpointOpsError as error:
        return finding(check, subject, Verdict(status="ERROR", reason=_not_checked(error), remedy=error.hint))
    return finding(check, subject, check.judge(subject, found))


def _not_checked(error: EndpointOpsError) -> str:
    origin = str(error.origin)
    return f"Not checked: {error.message}" + (f" ({origin})" if origin else "")


def _broken(error: BaseException) -> Verdict:
    return Verdict(
        status="ERROR", reason=redact(f"The check itself failed: {type(error).__name__}: {error}"), remedy=_BUG
    )


def _filled(remedy: str, subject: Subject) -> str:
    return remedy.format(
        subscription=subject.target.subscription_id,
        resource_group=argument(subject.target.resource_group),
        workspace=argument(subject.target.workspace),
        endpoint=argument(subject.name),
        flags=subject.workspace_flags,
    )
