"""How many events a second go through the event service; each is stored by Prefect when it is answered."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import secrets
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import SplitResult, urlsplit

ROOT = Path(__file__).resolve().parents[2]
EVENTS, AT_ONCE = 2000, 200
TOPIC = (
    "/subscriptions/00000000-0000-0000-0000-000000000001/resourceGroups/rg"
    "/providers/Microsoft.MachineLearningServices/workspaces/bench"
)


def events(prefect: dict[str, str]) -> None:
    """Send a burst of different events, each in a request of its own, as Event Grid does."""
    key = secrets.token_hex(24)
    with service(prefect, key) as address:
        asyncio.run(_burst(address, key, 20, "warm"))
        began = time.perf_counter()
        took = sorted(asyncio.run(_burst(address, key, EVENTS, "bench")))
        seconds = time.perf_counter() - began
    p50, p99 = statistics.median(took), took[int(EVENTS * 0.99)]
    print(
        f"event service:  {EVENTS} events in {seconds:.1f} s → {EVENTS / seconds:.0f} events a second; "
        f"stored by Prefect and answered after p50 {p50:.2f} s, p99 {p99:.2f} s"
    )


@contextlib.contextmanager
def service(prefect: dict[str, str], key: str) -> Iterator[str]:
    """The service's own process; gives its address."""
    own = {"TOPICS": TOPIC, "KEY": key, "BURST": str(EVENTS * 2)}
    variables = os.environ | prefect | {f"ENDPOINT_OPS_EVENTS_{name}": value for name, value in own.items()}
    command = [sys.executable, "-m", "deployments.events", "--port", "0"]
    with subprocess.Popen(
        command, cwd=ROOT, env=variables, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    ) as process:
        try:
            assert process.stdout
            yield process.stdout.readline().split()[-1]
        finally:
            process.terminate()
            process.wait(40)


async def _burst(address: str, key: str, number: int, name: str) -> list[float]:
    """Seconds of each request; so many connections at once, and no client library, whose own cost would be measured."""
    left = [f"{name}-{one}" for one in range(number)]
    found = await asyncio.gather(*(_sender(urlsplit(address), key, left) for _ in range(min(AT_ONCE, number))))
    return [one for seconds in found for one in seconds]


async def _sender(address: SplitResult, key: str, left: list[str]) -> list[float]:
    reader, writer = await asyncio.open_connection(address.hostname, address.port)
    took = []
    while left:
        body = json.dumps(_event(left.pop())).encode()
        head = f"POST {address.path} HTTP/1.1\r\nHost: events\r\nx-events-key: {key}\r\n"
        head += f"Content-Length: {len(body)}\r\n\r\n"
        began = time.perf_counter()
        writer.write(head.encode() + body)
        answer = (await reader.readuntil(b"\r\n\r\n")).decode().lower()
        await reader.readexactly(int(answer.partition("content-length: ")[2].partition("\r")[0]))
        took.append(time.perf_counter() - began)
        assert answer.startswith("http/1.1 200"), answer
    writer.close()
    return took


def _event(run: str) -> dict[str, Any]:
    return {
        "topic": TOPIC,
        "subject": f"experiments/e/runs/{run}",
        "eventType": "Microsoft.MachineLearningServices.RunCompleted",
        "eventTime": "2026-01-02T03:04:05Z",
        "id": run,
        "data": {"experimentName": "e", "runId": run, "runTags": {"stage": "prod"}},
    }
