"""The containers' tails as the diagnostics read them, whatever a container has written."""

from __future__ import annotations

import asyncio
from typing import Any, cast

from support.check_facts import deployment

from tasks.clients.data_plane.logs_async import read_container_logs, read_history
from tasks.clients.transport.arm_async import Reads
from tasks.clients.transport.clouds import CLOUDS
from tasks.clients.transport.wire import Answer, Call


class Tails:
    """Azure's answers to getLogs: one text for both containers."""

    def __init__(self, text: str) -> None:
        self.text = text

    async def exchange(self, _call: Call) -> Answer:
        return Answer(200, {}, {"content": self.text})


def reading(text: str) -> Reads:
    return cast("Reads", cast("Any", Tails(text)))


async def test_what_a_model_writes_comes_without_secrets_and_without_commands() -> None:
    """Whatever is named like a secret, escape sequences, and halves of characters where Azure cut the text."""
    found = await read_container_logs(reading("\x1b[2Jdb_password=hunter2\n\x1b]0;x\x07ready \ud83d\n"), deployment())
    assert found.inference_server == "db_password=***\nready \ufffd\n"
    assert found.is_complete


async def test_a_huge_log_is_read_from_its_end() -> None:
    """A line of many megabytes is cut like any other, and said to be."""
    found = await read_container_logs(reading("x" * 5_000_000 + "\nValueError: the end\n"), deployment())
    assert len(found.inference_server) == 200_000
    assert found.inference_server.endswith("ValueError: the end\n")
    assert not found.is_complete


COLUMNS = ("TimeGenerated", "DeploymentName", "InstanceId", "ContainerName", "Message")


class Rows:
    """Log Analytics' answer to one query, the latest row first."""

    addresses = CLOUDS["public"]

    def __init__(self, *rows: tuple[str, ...]) -> None:
        self.rows = rows
        self.log_queries = asyncio.Semaphore(1)

    async def exchange(self, _call: Call) -> Answer:
        columns = [{"name": name} for name in COLUMNS]
        return Answer(200, {}, {"tables": [{"columns": columns, "rows": [list(one) for one in self.rows]}]})


async def test_the_kept_log_is_put_together_again_by_instance() -> None:
    """In the order of time, and without secrets; the other container's lines are left out."""
    server = "inference-server"
    kept = Rows(
        ("03", "blue", "i-1", server, "KeyError: 'x', token=hunter2\n"),
        ("02", "blue", "i-2", server, "ready\n"),
        ("02", "blue", "i-1", "storage-initializer", "copied"),
        ("01", "blue", "i-1", server, "Traceback (most recent call last):\n"),
    )
    found = await read_history(cast("Reads", cast("Any", kept)), "/e/churn-prod", 24)
    texts = sorted(one.inference_server for one in found)
    assert texts == ["Traceback (most recent call last):\nKeyError: 'x', token=***", "ready"]
    assert {one.online_deployment for one in found} == {"blue"}
