"""Run checks: facts first, then the judgment, and whatever goes wrong becomes an ERROR finding."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from typing import Final

from tasks.checks.engine.check import AnyCheck
from tasks.checks.engine.look import Look
from tasks.domain.common.errors import EndpointOpsError
from tasks.domain.common.redaction import redact
from tasks.domain.diagnostics.finding import Evidence, Finding, Verdict, seen, skipped
from tasks.domain.diagnostics.subject import Subject

_MOST_EVIDENCE, _MOST_CHARS = 20, 1000  # a person has to read it
_BUG: Final = "Report this: the check met something that it does not know."


async def run_checks(checks: Iterable[AnyCheck], look: Look, subject: Subject) -> tuple[Finding, ...]:
    """Run checks on one subject side by side; none can end another."""
    todo = tuple(checks)
    results = await asyncio.gather(*(_run(one, look, subject) for one in todo), return_exceptions=True)
    return tuple(
        one if isinstance(one, Finding) else finding(check, subject, _broken(one))
        for check, one in zip(todo, results, strict=True)
    )


def finding(check: AnyCheck, subject: Subject, verdict: Verdict) -> Finding:
    """The verdict, with what a reader needs beside it."""
    is_quiet = verdict.status in {"PASS", "SKIP"}
    verdict = verdict if is_quiet else _told_safely(verdict)
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
    )


def _told_safely(verdict: Verdict) -> Verdict:
    """The verdict with what it quotes made safe to show, and short enough to read."""
    shown = tuple(
        Evidence(what=_short(one.what), seen=_short(one.seen), expected=_short(one.expected))
        for one in verdict.evidence[:_MOST_EVIDENCE]
    )
    if len(verdict.evidence) > _MOST_EVIDENCE:
        shown += (seen("and more", f"{len(verdict.evidence) - _MOST_EVIDENCE} lines like these"),)
    told = {"reason": _short(verdict.reason), "evidence": shown, "remedy": redact(verdict.remedy)}
    return verdict.model_copy(update=told)


def _short(text: str) -> str:
    text = redact(text)
    return text if len(text) <= _MOST_CHARS else f"{text[:_MOST_CHARS]}…"


def not_deep(check: AnyCheck, subject: Subject) -> Finding:
    """A deep check that nothing calls for."""
    return finding(check, subject, skipped("Nothing else is wrong, so nobody looked deeper."))


async def _run(check: AnyCheck, look: Look, subject: Subject) -> Finding:
    reason = check.applies(subject)
    if reason:
        return finding(check, subject, skipped(reason))
    try:
        found = await check.observe(look)
    except EndpointOpsError as error:
        return finding(check, subject, Verdict(status="ERROR", reason=_told(error), remedy=error.hint))
    return finding(check, subject, check.judge(subject, found))


def _told(error: EndpointOpsError) -> str:
    origin = str(error.origin)
    return f"Could not look: {error.message}" + (f" ({origin})" if origin else "")


def _broken(error: BaseException) -> Verdict:
    return Verdict(status="ERROR", reason=f"The check itself failed: {type(error).__name__}: {error}", remedy=_BUG)


def _filled(remedy: str, subject: Subject) -> str:
    return remedy.format(
        subscription=subject.target.subscription_id,
        resource_group=subject.target.resource_group,
        workspace=subject.target.workspace,
        endpoint=subject.name,
        flags=subject.workspace_flags,
    )
