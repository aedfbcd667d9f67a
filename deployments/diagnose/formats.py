"""A diagnosis in the formats of `--output`."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Literal
from xml.etree.ElementTree import Element, SubElement, indent, tostring

from deployments.console import Output, complain, rows_text, say
from deployments.diagnose.view import NOT_CHECKED, diagnosis_text, findings_by_id, status_of
from tasks.domain.diagnostics.finding import Finding
from tasks.domain.diagnostics.report import DiagnosticsReport, Entry
from tasks.domain.diagnostics.report_text import Layout
from tasks.domain.diagnostics.results import Diagnosis

Format = Output | Literal["junit"]
_ELEMENTS = {"FAIL": "failure", "WARN": "failure", "ERROR": "error", "SKIP": "skipped"}


def text_of(diagnosis: Diagnosis, report: DiagnosticsReport, form: Format, layout: Layout) -> str:
    """Return the whole diagnosis."""
    match form:
        case "json":
            summary = {"message": report.message, "exit_status": status_of(report), "seconds": round(report.seconds, 3)}
            return json.dumps({**summary, **diagnosis.model_dump(mode="json")}, indent=2)
        case "tsv":
            return rows_text([_row(one) for one in report.entries], "tsv")
        case "junit":
            return _junit(diagnosis, report)
        case "table":
            return diagnosis_text(diagnosis, report, layout)


def show_not_checked(why: str, form: Format) -> int:
    """Say why nothing was checked; return the exit status."""
    match form:
        case "json":
            say(json.dumps({"message": why, "exit_status": NOT_CHECKED}, indent=2))
        case "junit":
            say(_xml([_suite("diagnosis", [], why)]))
        case _:
            complain(f"Not checked: {why}")
    return NOT_CHECKED


def _row(entry: Entry) -> dict[str, str]:
    headline = entry.headline
    reason = headline.reason if headline else entry.trouble
    fix = headline.remedy if headline else ""
    return {"path": entry.path, "health": entry.health, "code": entry.code, "reason": reason, "fix": fix}


def _junit(diagnosis: Diagnosis, report: DiagnosticsReport) -> str:
    """Return a test suite for each endpoint with a test case for each check; a warning counts as a failure."""
    findings = findings_by_id(diagnosis)
    suites = [_suite(one.path, findings.get(one.id, ()), one.trouble) for one in report.entries]
    return _xml(suites or [_suite(report.scope, [], report.message)])


def _suite(name: str, findings: Iterable[Finding], trouble: str) -> Element:
    suite = Element("testsuite", name=name)
    for one in findings:
        case = SubElement(suite, "testcase", classname=name, name=f"{one.code} {one.title}")
        if kind := _ELEMENTS.get(one.status):
            SubElement(case, kind, message=_printable(one.reason)).text = _printable(_details(one))
    if trouble:
        case = SubElement(suite, "testcase", classname=name, name="can be checked")
        SubElement(case, "error", message=_printable(trouble))
    for kind, total in (("failure", "failures"), ("error", "errors"), ("skipped", "skipped")):
        suite.set(total, str(len(suite.findall(f"testcase/{kind}"))))
    suite.set("tests", str(len(suite)))
    return suite


def _details(finding: Finding) -> str:
    seen = [
        f"{one.what}: {one.seen}" + (f" (expected: {one.expected})" if one.expected else "") for one in finding.evidence
    ]
    return "\n".join([*seen, *([f"Fix: {finding.remedy}"] if finding.remedy else [])])


def _xml(suites: Iterable[Element]) -> str:
    root = Element("testsuites")
    root.extend(suites)
    indent(root)
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + tostring(root, encoding="unicode")


def _printable(text: str) -> str:
    """Return the text without what XML can't hold."""
    return "".join(one if one.isprintable() or one in "\n\t" else "�" for one in text)
