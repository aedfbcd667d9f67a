"""The shapes of secrets that need no name beside them: tokens by their prefix, keys, addresses, PEM, base64.

The prefixes are those of the providers' own documentation, as detect-secrets lists them; those of
Azure's keys are Microsoft's.
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Callable
from typing import Final

STARS: Final = "***"
_FREE: Final = r"(?<![A-Za-z0-9_-])"

_TOKENS: Final = re.compile(
    _FREE + r"(?:"
    r"eyJ[A-Za-z0-9_=-]{10,}(?:\.[A-Za-z0-9_=-]*){0,4}"  # JSON Web Token, also one that was cut off
    r"|gh[oprsu]_[A-Za-z0-9]{16,}|github_pat_\w{20,}"
    r"|gl(?:pat|dt|ft|soat|rt|cbt|ptt|agent|imt)-[\w-]{20,}"
    r"|sk-(?=[\w-]*\d)(?=[\w-]*[A-Z])[\w-]{16,}|(?:s|r)k_(?:live|test)_[A-Za-z0-9]{10,}"
    r"|(?:A3T[A-Z0-9]|ABIA|ACCA|AKIA|ASIA)[A-Z0-9]{16}(?![A-Za-z0-9])"
    r"|xox[abeoprs]-[\w-]{10,}|xapp-[\w-]{10,}"
    r"|hf_[A-Za-z0-9]{20,}|dapi[a-f0-9]{32}|pn[bu]_[A-Za-z0-9]{20,}|dckr_[op]at_[\w-]{20,}"
    r"|npm_[A-Za-z0-9]{30,}|pypi-AgE[\w-]{40,}|AIza[\w-]{35}|ya29\.[\w.-]{20,}"
    r"|SG\.[\w-]{16,}\.[\w-]{16,}|glsa_\w{20,}|AGE-SECRET-KEY-[A-Z0-9]{20,}"
    r")"
)
# Azure's own: client secrets of Entra ID, identifiable keys, and keys of 64 bytes (storage, Cosmos DB, Batch).
_AZURE: Final = re.compile(
    r"(?<![A-Za-z0-9_.~-])[A-Za-z0-9_.~-]{3}\dQ~[A-Za-z0-9_.~-]{31,34}(?![A-Za-z0-9_.~-])"
    r"|[A-Za-z0-9]{52}JQQJ9[9DH][A-Za-z0-9]{20,34}={0,2}"
    r"|[A-Za-z0-9/+]{20,76}\+?(?:ASt|ACDb|AEh|ASb|ARm|ACR[A-D]|AzFu|AzSe|APIM|AIoT)[A-Za-z0-9/+]{5,8}={0,2}"
    r"|(?<!sha512-)(?<![A-Za-z0-9+/])[A-Za-z0-9+/]{86}=="
)
_WEBHOOK: Final = re.compile(
    r"(?i)(hooks\.slack\.com/(?:services|workflows|triggers)/|\.webhook\.office\.com/)[^\s\"'<>]+"
)
_BEARER: Final = re.compile(r"(?i)(\bBearer[ +]+|\bBearer%20)(?=\S*\d|\S{20})[A-Za-z0-9\-._~+/%]{8,}=*")
_COOKIE: Final = re.compile(
    r"(?i)(\b(?:set-)?cookie\\*[\"']?[ \t]*[:=][ \t]*\\*[\"']?)(?=[^\s=;\"']{1,200}=)[^\r\n\"'\\]+"
)
# A password in an address may hold / and @. A port and a path with an @ in them are no password.
_ADDRESS: Final = re.compile(
    r"(://(?:[^/\s:\"'<>]{0,256}):)(?!\d{1,5}(?:[/?#]|$))(?!\*\*\*@)[^\s\"'<>]{1,512}(?=@)"
    r"|((?<!http)(?<!https)://(?:[^/\s:\"'<>]{0,256}):)(?!\*\*\*@)[^\s\"'<>]{1,512}(?=@)"
    r"|(://)(?=[\w.~-]*\d)[\w.~-]{20,}(?=@)"
)
_PEM: Final = re.compile(r"(?s)(-----BEGIN [A-Z ]*PRIVATE KEY(?: BLOCK)?-----).*?(?=-----END|\Z)")
_PEM_END: Final = re.compile(r"-----END [A-Z ]*PRIVATE KEY")
# One line of 64 characters of base64 is a line of a key whose head and foot are elsewhere; a hexadecimal digest is not.
_PEM_LINE: Final = re.compile(
    r"(?<![A-Za-z0-9+/=_-])(?=[A-Za-z0-9+/]*[a-z])(?=[A-Za-z0-9+/]*[G-Z])(?=[A-Za-z0-9+/]*\d)"
    r"[A-Za-z0-9+/]{64}(?=\s|\\[nr]|$)"
)
_BASE64: Final = re.compile(r"(?<![A-Za-z0-9+/_-])(?:[A-Za-z0-9+/_-]{4}){5,}[A-Za-z0-9+/_-]{0,3}={0,2}")
_LONG: Final = re.compile(r"[A-Za-z0-9+/=_.~-]{13}")
_AFTER_A_WORD: Final = (("hook", _WEBHOOK), ("bearer", _BEARER), ("cookie", _COOKIE))
_LINE_END: Final = re.compile(r"(?:\\+r)?\\+n|\r?\n")
_BASE64_CHARS: Final = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/="


def redact_private_keys(text: str) -> str:
    """Replace private keys in PEM, whose lines may be cut off at either end."""
    if "PRIVATE KEY" not in text:
        return text
    return _without_cut_pem(_PEM.sub(rf"\1{STARS}", text))


def redact_shapes(line: str) -> str:
    """Replace every secret in a line that is known by its shape alone."""
    if _LONG.search(line):
        for pattern in (_PEM_LINE, _TOKENS, _AZURE):
            line = pattern.sub(STARS, line)
    lower = line.lower()
    for word, pattern in _AFTER_A_WORD:
        if word in lower:
            line = pattern.sub(rf"\1{STARS}", line)
    if "@" in line:
        line = _ADDRESS.sub(lambda found: f"{found[1] or found[2] or found[3]}{STARS}", line)
    return line


def redact_encoded(text: str, has_secret: Callable[[str], bool]) -> str:
    """Replace base64 whose content has a secret."""

    def shown(found: re.Match[str]) -> str:
        content = _decoded(found[0])
        return STARS if content and has_secret(content) else found[0]

    return _BASE64.sub(shown, text)


def _decoded(encoded: str) -> str:
    """Return the text in base64; empty where it is not text."""
    bare = encoded.rstrip("=").translate(str.maketrans("-_", "+/"))
    bare = bare[: len(bare) - (len(bare) % 4 == 1)]
    try:
        content = base64.b64decode(bare + "=" * (-len(bare) % 4)).decode()
    except (binascii.Error, UnicodeDecodeError):
        return ""
    return content if all(one.isprintable() or one.isspace() for one in content) else ""


def _without_cut_pem(text: str) -> str:
    """Remove the lines of base64 before the foot of a private key whose head is not in the text."""
    parts, at = list[str](), 0
    for foot in _PEM_END.finditer(text):
        parts += [_without_base64_lines(text[at : foot.start()]), foot[0]]
        at = foot.end()
    return "".join([*parts, text[at:]]) if parts else text


def _without_base64_lines(text: str) -> str:
    ends = [(0, 0), *((one.start(), one.end()) for one in _LINE_END.finditer(text))]
    cut = len(text)
    for _, begin in reversed(ends):
        line = text[begin:cut]
        bare = _LINE_END.sub("", line)
        if bare.strip(_BASE64_CHARS):  # more than base64: only its last word can be part of the key
            kept = line.rstrip("\r\n").rstrip(_BASE64_CHARS + "\\") if bare.strip(_BASE64_CHARS) != STARS else line
            return f"{text[:begin]}{kept}{STARS}" if cut < len(text) or kept != line else text
        cut = begin
    return STARS if text.strip() else text
