"""The gate for text that Azure or a team's code wrote: without secrets, printable, and storable in every database.

Fields of type `SafeText` pass it whenever a value is made, so that nothing behind it has to redact anything.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Annotated, Any, Final

from pydantic import AfterValidator

from tasks.domain.common.secret_names import is_secret_name, redact_listed, redact_named
from tasks.domain.common.secret_shapes import STARS, redact_encoded, redact_private_keys, redact_shapes

# Terminal control sequences; then other invisible characters, and those that change the direction of text.
_COMMANDS: Final = re.compile(r"\x1b(?:\[[0-?]*[ -/]*[@-~]|[\]PX^_][^\x07\x1b\n]*(?:\x07|\x1b\\)?|[ -/]*[0-~])?")
_UNSEEN: Final = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069\ud800-\udfff]")


def visible(text: str) -> str:
    """Return the text without terminal control sequences, and with other unprintable characters replaced.

    PostgreSQL stores no NUL, and no encoding has half a surrogate pair: either would end a run without a state.
    """
    if text.isprintable():
        return text
    return _UNSEEN.sub("\ufffd", _COMMANDS.sub("", text).replace("\r\n", "\n").replace("\r", "\n"))


def redact(text: str) -> str:
    """Replace whatever is or looks like a secret by ``***``, and apply `visible`. Safe to apply again."""
    return redact_encoded(_redacted(visible(text)), lambda content: _redacted(content) != content)


def redact_value(value: Any) -> Any:
    """Redact every text in a JSON value; a text under a secret's name disappears whole."""
    if isinstance(value, str):
        return redact(value)
    if isinstance(value, Mapping):
        return {redact(str(name)): _under(str(name), one) for name, one in value.items()}
    return [redact_value(one) for one in value] if isinstance(value, list | tuple) else value


def redact_texts(texts: Mapping[str, str]) -> dict[str, str]:
    """Redact texts by name, such as tags: each with its name, which may say that it is a secret."""
    return {redact(name): _under(name, one) for name, one in texts.items()}


def storable(value: Any) -> Any:
    """Apply `visible` to every text in a JSON value, at the door to Prefect's database."""
    if isinstance(value, str):
        return visible(value)
    if isinstance(value, Mapping):
        return {visible(str(name)): storable(one) for name, one in value.items()}
    return [storable(one) for one in value] if isinstance(value, list | tuple) else value


def _under(name: str, value: Any) -> Any:
    return STARS if isinstance(value, str) and value and is_secret_name(name) else redact_value(value)


def _redacted(text: str) -> str:
    text = redact_listed(redact_private_keys(text))
    return "\n".join(redact_named(redact_shapes(line)) for line in text.split("\n"))


SafeText = Annotated[str, AfterValidator(redact)]
SafeTexts = Annotated[dict[str, str], AfterValidator(redact_texts)]
