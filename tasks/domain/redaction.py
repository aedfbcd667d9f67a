"""Take secrets out of text that leaves a client: messages, logs, reports."""

from __future__ import annotations

import re
from typing import Final

_SECRETS: Final = (
    re.compile(r"(?i)([?&;\s\"']sig=)[^&\s\"']+"),
    re.compile(r"(?i)(\b(?:Account|SharedAccess)Key=)[^;\s\"']+"),
    re.compile(r"(?i)(\bclient_secret\b[\"']?\s*[=:]\s*[\"']?)[^&\s\"',}]+"),
    re.compile(r"(?i)(\bBearer\s+)[A-Za-z0-9\-._~+/]+=*"),
    re.compile(
        r"(?i)(\"(?:primaryKey|secondaryKey|accessToken|access_token|sasToken|sasUri)\"\s*:\s*\")"
        r"[^\"]+"
    ),
)


_NAMED: Final = (
    r"(?:password|passwd|pwd|secret|token|api[-_]?key|access[-_]?key|subscription[-_]key|connection[-_]?string)"
)
# What people write into logs and tags. Too eager for error messages: "invalid token: expired" would lose words.
_LIKELY_SECRETS: Final = (
    re.compile(r"()\beyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]*"),
    re.compile(r"(://[^/\s:@]*:)[^/\s@]+(?=@)"),
    re.compile(r"(?i)(\bAuthorization[\"']?\s*[=:]\s*[\"']?(?:\w+\s+)?)[^\s\"',}]{6,}"),
    re.compile(rf"(?i)({_NAMED}[\"']?\s*[=:]\s*\")[^\"]+"),
    re.compile(rf"(?i)({_NAMED}[\"']?\s*[=:]\s*')[^']+"),
    re.compile(rf"(?i)({_NAMED}\s*[=:]\s*)[^\s\"',;}}]+"),
)


def redact(text: str) -> str:
    """The text with SAS signatures, keys, client secrets and bearer tokens replaced by ``***``."""
    for pattern in _SECRETS:
        text = pattern.sub(r"\1***", text)
    return text


def redact_strictly(text: str) -> str:
    """As `redact`, and whatever looks like a secret besides: for texts that leave the team."""
    text = redact(text)
    for pattern in _LIKELY_SECRETS:
        text = pattern.sub(r"\1***", text)
    return text
