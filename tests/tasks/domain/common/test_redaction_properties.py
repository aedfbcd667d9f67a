"""Properties of the gate for foreign text, with generated secrets in every notation."""

from __future__ import annotations

import base64
import json
import string
from collections.abc import Callable
from urllib.parse import quote

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from tasks.domain.common.redaction import redact, redact_value

NAMES = ["DB_PASSWORD", "client_secret", "apiKey", "AccountKey", "access_token", "passphrase", "sas_token", "db-pwd"]
PUNCTUATION = "!#%*+-./:=?@^_~"
# A marker in the middle shows a leak of any part of it; the rest is what generators of passwords use.
MARK = "Zq7Xw9"
PART = st.text(string.ascii_letters + string.digits + PUNCTUATION, max_size=12)
SECRETS = st.builds(lambda head, tail: f"a{head}{MARK}{tail}z", PART, PART)
WITH_QUOTES = st.text(string.ascii_letters + string.digits + "\"'\\ ;,&äé\n", max_size=12)

NOTATIONS: dict[str, Callable[[str, str], str]] = {
    "environment": lambda name, secret: f"{name}={secret}",
    "yaml": lambda name, secret: f"{name}: {secret}",
    "json": lambda name, secret: json.dumps({"a": 1, name: secret, "b": [2]}),
    "json in json": lambda name, secret: json.dumps({"message": json.dumps({name: secret})}),
    "repr": lambda name, secret: repr({name: secret}),
    "option": lambda name, secret: f"run --{name.lower().replace('_', '-')} {secret} --verbose",
    "url-encoded": lambda name, secret: quote(f"{name}={secret}&x=1", safe=""),
    "json, url-encoded": lambda name, secret: quote(json.dumps({name: secret, "x": 1}), safe=""),
    "query": lambda name, secret: f"https://host/path?{name}={quote(secret, safe='')}&x=1",
    "base64": lambda name, secret: base64.b64encode(f"{name}={secret} ".encode()).decode(),
}
QUOTED = ("json", "json in json", "repr", "url-encoded", "json, url-encoded", "query")


@pytest.mark.parametrize("notation", NOTATIONS)
@given(name=st.sampled_from(NAMES), secret=SECRETS)
@settings(max_examples=60, deadline=None)
def test_no_part_of_a_named_secret_stays(notation: str, name: str, secret: str) -> None:
    """Whatever the secret consists of."""
    written = NOTATIONS[notation](name, secret)
    shown = redact(f"before {written} after")
    assert MARK not in shown
    assert quote(MARK) not in shown
    assert base64.b64encode(f"{name}={secret} ".encode()).decode() not in shown
    assert shown.startswith("before ")
    assert shown.endswith(" after")


@pytest.mark.parametrize("notation", QUOTED)
@example(name="DB_PASSWORD", head='""', tail="")
@example(name="DB_PASSWORD", head='"a",', tail='"')
@given(name=st.sampled_from(NAMES), head=WITH_QUOTES, tail=WITH_QUOTES)
@settings(max_examples=80, deadline=None)
def test_quotes_in_a_secret_do_not_end_it(notation: str, name: str, head: str, tail: str) -> None:
    """Where the notation escapes them."""
    assert MARK not in redact(NOTATIONS[notation](name, f"{head}{MARK}{tail}"))


JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.text(max_size=30)
    | st.sampled_from(['PASSWORD=a"b', "a\\", "sig=x"]),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8) | st.sampled_from(NAMES), inner, max_size=3)
    ),
    max_leaves=8,
)


@given(value=JSON)
@example(value={"password": 1.5e10, "a": "x"})
@example(value={"password": "\\", "a": '"'})
@settings(max_examples=150, deadline=None)
def test_json_can_be_read_afterwards(value: object) -> None:
    """Neither the text nor the value of a JSON document loses its form."""
    json.loads(redact(json.dumps(value)))
    json.dumps(redact_value(value)).encode()


@given(
    text=st.text(st.characters(codec=None), max_size=60) | st.text("pas=wordtken:\"'\\{}[]&;sig %3D\n-", max_size=60)
)
@example(text="\x00\ud800\udfff")
@settings(max_examples=300, deadline=None)
def test_any_text_can_be_stored_and_passes_the_gate_twice(text: str) -> None:
    """PostgreSQL takes no NUL, no encoding takes half a character, and a second time changes nothing."""
    shown = redact(text)
    assert "\x00" not in shown
    assert shown.encode() or not shown
    assert redact(shown) == shown
