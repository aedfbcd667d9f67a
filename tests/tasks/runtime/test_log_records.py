"""Logs are redacted and can be stored, whichever library wrote them."""

from __future__ import annotations

import io
import logging

import pytest
from prefect.logging.formatters import JsonFormatter

import tasks.runtime  # noqa: F401 -- every step imports it

TEXTS = {"plain": logging.Formatter("%(message)s"), "json": JsonFormatter("default", None, "%")}  # type: ignore[arg-type]


def refused() -> None:
    """Fail as a library does: its cause quotes an answer."""
    try:
        {}["DB_PASSWORD=hunter2\x00"]
    except KeyError as cause:
        raise ValueError("token=hunter2 \ud83d") from cause


@pytest.mark.parametrize("kind", TEXTS)
@pytest.mark.parametrize("name", ["prefect.client", "azure.core.pipeline", "root"])
def test_messages_arguments_and_tracebacks_are_redacted(name: str, kind: str) -> None:
    """In every formatter, since a record itself holds no secret."""
    out = io.StringIO()
    handler = logging.StreamHandler(out)
    handler.setFormatter(TEXTS[kind])
    logger = logging.getLogger(name)
    logger.addHandler(handler)
    try:
        logger.error("score.py said %s and %s", "AccountKey=hunter2;x", {"password": "hunter2"})
        logger.error("does not fit %d", "DB_PASSWORD=hunter2")
        try:
            refused()
        except ValueError:
            logger.exception("failed\x00")
    finally:
        logger.removeHandler(handler)
    text = out.getvalue()
    assert "hunter2" not in text
    assert "\x00" not in text
    assert text.encode()
    assert "ValueError: token=***" in text
    assert "in refused" in text


def test_an_access_log_keeps_its_arguments() -> None:
    """Its formatter takes them apart."""
    record = logging.getLogger("uvicorn.access").makeRecord("uvicorn.access", 20, "", 0, "%s %d", ("GET", 200), None)
    assert record.args == ("GET", 200)
