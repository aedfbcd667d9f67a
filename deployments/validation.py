"""Say in this project's words what is wrong with a value that pydantic refused."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final, TypeVar

from pydantic import BaseModel, ValidationError
from pydantic_settings import BaseSettings

S = TypeVar("S", bound=BaseSettings)

_WORDS: Final[Mapping[str, str]] = {
    "missing": "is not set.",
    "literal_error": "must be {expected}.",
    "bool_parsing": "must be true or false.",
    "int_parsing": "must be a whole number.",
    "float_parsing": "must be a number.",
    "greater_than": "must be greater than {gt:g}.",
    "extra_forbidden": "is not a known field.",
}


class SettingsError(Exception):
    """A setting is missing or not valid."""


def read_environment(model: type[S]) -> S:
    """Read settings from the environment.

    Raises:
        SettingsError: Names every variable that is missing or not valid.
    """
    try:
        return model()
    except ValidationError as error:  # its text could repeat a secret
        raise SettingsError("\n".join(sentences(error, model, model.model_config.get("env_prefix", "")))) from None


def sentences(error: ValidationError, model: type[BaseModel] | None = None, prefix: str = "") -> list[str]:
    """Return a sentence for each refused value, without the value itself, which may be a secret.

    Args:
        error: The error of pydantic.
        model: The model whose fields' descriptions say what is right.
        prefix: The prefix of the model's environment variables.
    """
    return list(dict.fromkeys(_sentence(dict(one), model, prefix) for one in _flat(error)))


def _flat(error: ValidationError) -> Iterator[Mapping[str, Any]]:
    """Yield each error; pydantic wraps what a validator raises in building another model."""
    for one in error.errors(include_input=False):
        cause = one.get("ctx", {}).get("error")
        yield from _flat(cause) if isinstance(cause, ValidationError) else [dict(one)]


def _sentence(error: Mapping[str, Any], model: type[BaseModel] | None, prefix: str) -> str:
    place = ".".join(str(one) for one in error["loc"])
    name = prefix + place.upper() if prefix and place else place
    if error["type"] in {"value_error", "assertion_error"}:
        text = str(error["ctx"]["error"])
        return f"{name}: {text}" if name else text
    field = model.model_fields.get(str(error["loc"][0])) if model and error["loc"] else None
    words = _WORDS.get(error["type"], "is not valid.").format(**error.get("ctx", {}))
    return f"{name or 'The value'} {words} {(field and field.description) or ''}".rstrip()
