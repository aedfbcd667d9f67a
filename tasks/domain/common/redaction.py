"""Remove secrets and terminal control sequences from text that leaves a client: messages, logs, reports."""

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
    r"(?:password|passwd|pwd|secret|token|cookie|connection[-_]?string"
    r"|(?:api|access|primary|secondary|private|shared|account|subscription|functions)[-_]?key)"
)
# Likely secrets in logs and tags. Too eager for error messages: "invalid token: expired" would lose words.
_LIKELY_SECRETS: Final = (
    re.compile(r"()(?<![A-Za-z0-9_-])eyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]*"),
    re.compile(r"(?s)(-----BEGIN [A-Z ]*PRIVATE KEY-----).*?(?=-----END|\Z)"),
    re.compile(r"(://[^/\s:@]*:)[^/\s@]+(?=@)"),
    re.compile(r"(?i)(\bAuthorization[\"']?\s*[=:]\s*[\"']?(?:\w+\s+)?)[^\s\"',}]{6,}"),
    re.compile(rf"(?i)({_NAMED}[\"']?\s*[=:]\s*\")[^\"]+"),
    re.compile(rf"(?i)({_NAMED}[\"']?\s*[=:]\s*')[^']+"),
    re.compile(rf"(?i)({_NAMED}\s*[=:]\s*)[^\s\"',;}}]+"),
)


# Terminal control sequences; then other invisible characters, and those that change the direction of text.
_COMMANDS: Final = re.compile(r"\x1b(?:\[[0-?]*[ -/]*[@-~]|[\]PX^_][^\x07\x1b\n]*(?:\x07|\x1b\\)?|[ -/]*[0-~])?")
_UNSEEN: Final = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069\ud800-\udfff]")


def visible(text: str) -> str:
    """Return the text without terminal control sequences, and with other unprintable characters replaced."""
    if text.isprintable():
        return text
    return _UNSEEN.sub("\ufffd", _COMMANDS.sub("", text).replace("\r\n", "\n").replace("\r", "\n"))


def redact(text: str) -> str:
    """Replace SAS signatures, keys, client secrets and bearer tokens by ``***``, and apply `visible`."""
    text = visible(text)
    for pattern in _SECRETS:
        text = pattern.sub(r"\1***", text)
    return text


def redact_strictly(text: str) -> str:
    """Redact as `redact` does, and likely secrets too: for a model's output, and for text that leaves the team."""
    text = redact(text)
    for pattern in _LIKELY_SECRETS:
        text = pattern.sub(r"\1***", text)
    return text
