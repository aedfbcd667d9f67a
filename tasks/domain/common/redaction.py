"""Take secrets, and what would command a terminal, out of text that leaves a client: messages, logs, reports."""

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
# What people write into logs and tags. Too eager for error messages: "invalid token: expired" would lose words.
_LIKELY_SECRETS: Final = (
    re.compile(r"()(?<![A-Za-z0-9_-])eyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]*"),
    re.compile(r"(?s)(-----BEGIN [A-Z ]*PRIVATE KEY-----).*?(?=-----END|\Z)"),
    re.compile(r"(://[^/\s:@]*:)[^/\s@]+(?=@)"),
    re.compile(r"(?i)(\bAuthorization[\"']?\s*[=:]\s*[\"']?(?:\w+\s+)?)[^\s\"',}]{6,}"),
    re.compile(rf"(?i)({_NAMED}[\"']?\s*[=:]\s*\")[^\"]+"),
    re.compile(rf"(?i)({_NAMED}[\"']?\s*[=:]\s*')[^']+"),
    re.compile(rf"(?i)({_NAMED}\s*[=:]\s*)[^\s\"',;}}]+"),
)


# Sequences that color, move or command a terminal; then whatever else can't be seen, or turns the writing around.
_COMMANDS: Final = re.compile(r"\x1b(?:\[[0-?]*[ -/]*[@-~]|[\]PX^_][^\x07\x1b\n]*(?:\x07|\x1b\\)?|[ -/]*[0-~])?")
_UNSEEN: Final = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069\ud800-\udfff]")


def visible(text: str) -> str:
    """The text without what would command a terminal, and without halves of characters, which can't be written."""
    if text.isprintable():
        return text
    return _UNSEEN.sub("\ufffd", _COMMANDS.sub("", text).replace("\r\n", "\n").replace("\r", "\n"))


def redact(text: str) -> str:
    """The text with SAS signatures, keys, client secrets and bearer tokens replaced by ``***``, and made visible."""
    text = visible(text)
    for pattern in _SECRETS:
        text = pattern.sub(r"\1***", text)
    return text


def redact_strictly(text: str) -> str:
    """As `redact`, and whatever looks like a secret besides: for what a model says, and what leaves the team."""
    text = redact(text)
    for pattern in _LIKELY_SECRETS:
        text = pattern.sub(r"\1***", text)
    return text
