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


def redact(text: str) -> str:
    """The text with SAS signatures, keys, client secrets and bearer tokens replaced by ``***``."""
    for pattern in _SECRETS:
        text = pattern.sub(r"\1***", text)
    return text
