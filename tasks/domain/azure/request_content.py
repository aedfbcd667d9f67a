"""Scoring requests as text: JSON as it is, other content as a data URL (RFC 2397), and the reverse for sending."""

from __future__ import annotations

import base64
import binascii
import json
import mimetypes
import re
from typing import Final

JSON: Final = "application/json"
_DATA: Final = re.compile(r"data:(?P<type>[\w.+-]+/[\w.+-]+);base64,(?P<content>[A-Za-z0-9+/]*={0,2})")
_MARKS: Final = (
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"GIF8", "image/gif"),
    (b"RIFF", "audio/wav"),
    (b"%PDF-", "application/pdf"),
    (b"\x1f\x8b", "application/gzip"),
    (b"PK\x03\x04", "application/zip"),
)
_TEXTS: Final = re.compile(r"text/|[\w/.+-]*(json|xml|javascript|x-www-form-urlencoded)\b", re.IGNORECASE)


def request_text(name: str, content: bytes) -> str:
    """Return the text of a request file: JSON, or a data URL of what its first bytes or else its name identify.

    Raises:
        ValueError: When it is not valid JSON; UnicodeDecodeError, when it is not text.
    """
    marked = next((kind for mark, kind in _MARKS if content.startswith(mark)), "")
    if marked:
        return _data_url(marked, content)
    try:
        text = content.decode("utf-8-sig")  # editors on Windows write a byte order mark
        json.loads(text, parse_constant=_no_number)
    except ValueError:
        named = mimetypes.guess_type(name)[0]
        if named is None or named == JSON:
            raise
        return _data_url(named, content)
    return text


def check_request_text(text: str) -> None:
    """Check that a text is JSON or a data URL.

    Raises:
        ValueError: Without repeating the text.
    """
    if text.startswith("data:"):
        content_of(text)
    else:
        json.loads(text)


def content_of(text: str) -> tuple[str, bytes]:
    """Return the content type and the bytes that a request's text stands for.

    Raises:
        ValueError: For a data URL of another form.
    """
    if not text.startswith("data:"):
        return JSON, text.encode()
    found = _DATA.fullmatch(text)
    try:
        return (found["type"], base64.b64decode(found["content"])) if found else _refuse()
    except binascii.Error:
        return _refuse()


def answer_text(content_type: str, content: bytes) -> str:
    """Return an answer's text; of other content, its type and size."""
    kind = content_type.partition(";")[0].strip()
    if kind and not _TEXTS.match(kind):
        return f"{kind}, {len(content):,} bytes"
    return content.decode("utf-8", "replace")


def _data_url(kind: str, content: bytes) -> str:
    return f"data:{kind};base64,{base64.b64encode(content).decode()}"


def _refuse() -> tuple[str, bytes]:
    raise ValueError("a data URL has the form data:TYPE;base64,CONTENT")


def _no_number(word: str) -> float:
    raise ValueError(f"{word} is valid in Python, but not in JSON")
