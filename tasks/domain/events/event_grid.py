"""Read events from Azure Event Grid, in its own schema or as CloudEvents 1.0; refuse malformed ones."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Final, NoReturn

from pydantic import BaseModel

from tasks.domain.common.errors import PermanentError
from tasks.domain.events.json_limits import excess

PROVIDER: Final = "Microsoft.MachineLearningServices."
VALIDATION: Final = "Microsoft.EventGrid.SubscriptionValidationEvent"
MAX_TEXT_CHARS: Final = 1024
_UNSUPPORTED_TEXT: Final = re.compile("[\0\ud800-\udfff]")
_HINT: Final = "Send an event in the Event Grid schema or as CloudEvents 1.0, alone or in a list."


class MalformedEventError(PermanentError):
    """The document is not an event, or lacks a field that its kind requires."""


class AzureEvent(BaseModel, frozen=True):
    """One event. Read properties of `data` with `property_of`, since Azure spells them in two ways.

    Attributes:
        topic: Its source: the ARM id of a workspace.
        time: When it occurred; None where the sender doesn't say.
    """

    id: str
    kind: str
    topic: str
    subject: str = ""
    time: datetime | None = None
    data: dict[str, Any] = {}


def read_documents(body: bytes) -> list[object]:
    """Return the events in a request's body or a queue's message, not validated yet.

    Raises:
        MalformedEventError: When it is not a JSON object or list, has too many or too deep values, or holds text that
            can't be re-emitted.
    """
    try:
        text = body.decode(json.detect_encoding(body), "surrogatepass")
        beyond = excess(text)
        found = None if beyond else json.loads(text.removeprefix("\ufeff"), parse_constant=_no_number)
    except ValueError as error:
        raise MalformedEventError(f"the body is not valid JSON: {str(error)[:200]}", _HINT) from error
    if beyond:
        raise MalformedEventError(f"the body {beyond}", _HINT)
    _check(found)
    if not isinstance(found, dict | list):
        raise MalformedEventError("the body is neither a JSON object nor a list", _HINT)
    return found if isinstance(found, list) else [found]


def read_event(document: object) -> AzureEvent:
    """Return one event, in either schema.

    Raises:
        MalformedEventError: When a required field is missing, or has another type.
    """
    if not isinstance(document, dict):
        raise MalformedEventError(f"an event is a JSON object, not {type(document).__name__}", _HINT)
    cloud = "specversion" in document
    if cloud and document["specversion"] != "1.0":
        raise MalformedEventError("specversion is not 1.0", _HINT)
    kind, topic, time = ("type", "source", "time") if cloud else ("eventType", "topic", "eventTime")
    data = document.get("data")
    if data is not None and not isinstance(data, dict):
        raise MalformedEventError("data is not a JSON object", _HINT)
    return AzureEvent(
        id=_text(document, "id"),
        kind=_text(document, kind),
        topic=_text(document, topic).rstrip("/"),
        subject=_text(document, "subject", required=False),
        time=_time(document, time),
        data=data or {},
    )


def validation_code(event: AzureEvent) -> str:
    """Return the code that Event Grid expects back as proof that this address accepts events.

    Raises:
        MalformedEventError: When there is none.
    """
    code = property_of(event.data, "validationCode")
    if not isinstance(code, str) or not 0 < len(code) <= MAX_TEXT_CHARS:
        raise MalformedEventError("the validation event has no validationCode", _HINT)
    return code


def property_of(data: Mapping[str, Any], name: str) -> Any:
    """Return a property, whatever its spelling: `ModelName`, `modelName` or `model_name`; None where it is absent."""
    folded = _folded(name)
    return next((value for key, value in data.items() if _folded(key) == folded), None)


def _folded(name: str) -> str:
    return name.replace("_", "").lower()


def _text(document: Mapping[str, Any], name: str, *, required: bool = True) -> str:
    value = document.get(name)
    if value is None and not required:
        return ""
    if not isinstance(value, str) or (required and not value.strip()):
        raise MalformedEventError(f"{name} is missing, or not text", _HINT)
    if len(value) > MAX_TEXT_CHARS:
        raise MalformedEventError(f"{name} is longer than {MAX_TEXT_CHARS} characters", _HINT)
    return value


def _time(document: Mapping[str, Any], name: str) -> datetime | None:
    text = _text(document, name, required=False)
    if not text:
        return None
    try:
        moment = datetime.fromisoformat(text)
        return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, OverflowError) as error:
        raise MalformedEventError(f"{name} is not a valid ISO 8601 time", _HINT) from error


def _no_number(word: str) -> NoReturn:
    raise ValueError(f"{word} is not valid JSON")


def _check(value: object) -> None:
    """Refuse what databases and other JSON readers can't store: lone surrogates and NUL."""
    if isinstance(value, str) and _UNSUPPORTED_TEXT.search(value):
        raise MalformedEventError("a text contains NUL or a lone surrogate", _HINT)
    if not isinstance(value, dict | list):
        return
    for one in value:
        _check(one)
        if isinstance(value, dict):
            _check(value[one])
