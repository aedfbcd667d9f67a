"""The files of an endpoint's support bundle: texts by file name, with secrets removed."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Final

from tasks.domain.common.markdown import table
from tasks.domain.common.redaction import redact, redact_value
from tasks.domain.diagnostics.context import DiagnosisContext
from tasks.domain.diagnostics.finding import Evidence, Finding
from tasks.domain.diagnostics.report_text import Layout, endpoint_text
from tasks.domain.diagnostics.summary import Summary

_REQUEST_ID: Final = re.compile(r"request[- ]id:? ([A-Za-z0-9-]{8,})", re.IGNORECASE)
_README: Final = """\
# {name}: {health}

{summary}

Observed on {made_at:%Y-%m-%d %H:%M:%S} UTC in {path} ({location}).

| file | content |
| --- | --- |
| diagnosis.txt | verdict, cause, fix, and every finding; the first observation too, if there was a recheck |
| findings.json | the findings as JSON |
| states.json | endpoint, online deployments, traffic, workspace, network and private endpoints as Azure returns them |
| dns.md | the scoring host's addresses from each vantage point, beside the expected ones |
| requests.txt | request ids to quote in a ticket |
| logs/ | the last lines of both containers |
| statistics.json | counts of Log Analytics: responses by HTTP code, events of the instances |

Keys, tokens, signatures and whatever looks like a secret were replaced by \\*\\*\\*. The sample request is not in here.
Logs are the model's own output: read them before you share this bundle.
"""


def bundle_files(
    looks: Sequence[tuple[Summary, tuple[Finding, ...]]], case: DiagnosisContext, made_at: datetime
) -> dict[str, str]:
    """Return the bundle's files.

    Args:
        looks: Summary and findings of each observation, the last one last.
    """
    summary, findings = looks[-1]
    texts = {
        "README.md": _readme(summary, case, made_at),
        "diagnosis.txt": "\n\n".join(_diagnosis(*one) for one in reversed(looks)) + "\n",
        "findings.json": _json([one.model_dump(mode="json") for one in findings]),
        "states.json": _json(_states(case)),
        "dns.md": _dns(case.dns_table),
        "requests.txt": _requests(findings, case),
        "statistics.json": _json(case.model_dump(mode="json", include={"traffic", "events"})),
        **_logs(case),
    }
    return {name: redact(text) for name, text in texts.items() if text}


def bundle_name(workspace: str, endpoint: str, since: datetime) -> str:
    """Return one name per incident: later observations of the same fault replace the file."""
    return f"{workspace}-{endpoint}-{since:%Y%m%d-%H%M}.zip"


def _readme(summary: Summary, case: DiagnosisContext, made_at: datetime) -> str:
    text = _README.format(
        name=summary.name,
        health=summary.health,
        summary=summary.sentence,
        made_at=made_at,
        path=summary.path,
        location=case.endpoint.location,
    )
    missing = "\n".join(f"- {name}: {' '.join(why.split())}" for name, why in case.missing.items())
    return f"{text}\n## Could not be read\n\n{missing}\n" if missing else text


def _diagnosis(summary: Summary, findings: Iterable[Finding]) -> str:
    return endpoint_text(summary, findings, Layout(width=120, is_long=True))


def _states(case: DiagnosisContext) -> Mapping[str, object]:
    kept = {"endpoint", "workspace", "online_deployments", "outbound_rules", "private_endpoints", "missing"}
    return case.model_dump(mode="json", include=kept)


def _dns(lines: Sequence[Evidence]) -> str:
    return table(("server", "answer", "expected"), [(one.what, one.seen, one.expected) for one in lines]) + "\n"


def _requests(findings: Iterable[Finding], case: DiagnosisContext) -> str:
    lines = []
    if case.call and case.call.answer:
        one = case.call.answer
        lines.append(
            f"scoring call: x-request-id {one.request_id or 'unknown'}, HTTP {one.status} ({one.outcome}), "
            f"{one.latency_seconds * 1000:.0f} ms, online deployment {one.deployment or 'unknown'}"
        )
    if case.call and case.call.failure:
        lines.append(f"scoring call: no answer: {case.call.failure}")
    texts = [(one.code, " ".join([one.reason, *(line.seen for line in one.evidence)])) for one in findings]
    lines += [f"{code}: request id {found}" for code, text in texts for found in _REQUEST_ID.findall(text)]
    return "\n".join(dict.fromkeys(lines)) + "\n"


def _logs(case: DiagnosisContext) -> dict[str, str]:
    return {
        f"logs/{one.online_deployment}.{container}.log": text
        for one in case.logs
        for container, text in (
            ("inference-server", one.inference_server),
            ("storage-initializer", one.storage_initializer),
        )
    }


def _json(value: object) -> str:
    """Return JSON; secrets are removed from each text first, since its quotes would hide them as JSON."""
    return json.dumps(redact_value(value), indent=2, sort_keys=True) + "\n"
