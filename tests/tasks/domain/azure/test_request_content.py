"""Requests as text: JSON stays as it is, other content becomes a data URL with its type."""

from __future__ import annotations

import pytest

from tasks.domain.azure.request_content import answer_text, check_request_text, content_of, request_text

PNG = b"\x89PNG\r\n\x1a\n\0\0"


@pytest.mark.parametrize(
    ("name", "content", "kind"),
    [
        ("request.json", b'{"data": [1]}', "application/json"),
        ("request.txt", b'{"data": [1]}', "application/json"),
        ("request", b"[1]", "application/json"),
        ("picture.png", PNG, "image/png"),
        ("picture", PNG, "image/png"),
        ("picture.json", PNG, "image/png"),
        ("photo.jpeg", b"\xff\xd8\xff\xe0", "image/jpeg"),
        ("rows.csv", b"a,b\n1,2\n", "text/csv"),
        ("sound.mp3", b"\x00\x01\x02\xff", "audio/mpeg"),
    ],
)
def test_content_is_sent_as_it_is(name: str, content: bytes, kind: str) -> None:
    """With the type that its first bytes or its name identify; what is JSON is JSON, whatever its name."""
    text = request_text(name, content)
    check_request_text(text)
    assert content_of(text) == (kind, content)


@pytest.mark.parametrize(("name", "content"), [("a.json", b"{"), ("b", b"\xff\xfe"), ("c.unknown", b"x")])
def test_what_is_neither_is_refused(name: str, content: bytes) -> None:
    """No guess is made."""
    with pytest.raises(ValueError, match=r".+"):
        request_text(name, content)


@pytest.mark.parametrize("text", ["data:image/png,abc", "data:image/png;base64,a", "data:;base64,QQ=="])
def test_a_data_url_has_one_form(text: str) -> None:
    """The type, and the content in base64."""
    with pytest.raises(ValueError, match="has the form data:TYPE;base64,CONTENT"):
        check_request_text(text)


@pytest.mark.parametrize(
    ("kind", "content", "text"),
    [
        ("application/json", b"[1]", "[1]"),
        ("application/problem+json; charset=utf-8", b"{}", "{}"),
        ("", b"plain", "plain"),
        ("text/html", b"<p>", "<p>"),
        ("image/png", PNG, "image/png, 10 bytes"),
        ("application/octet-stream", b"\0" * 1234, "application/octet-stream, 1,234 bytes"),
    ],
)
def test_an_answer_is_shown(kind: str, content: bytes, text: str) -> None:
    """Text as it is, other content by its type and size."""
    assert answer_text(kind, content) == text
