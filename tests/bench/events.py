"""How many events a second go through the event service; each is stored by Prefect when it is answered."""

from __future__ import annotations

import asyncio
import contextlib
import os
import secrets
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import httpx

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
    limits, turn = httpx.Limits(max_connections=AT_ONCE), asyncio.Semaphore(AT_ONCE)
    async with httpx.AsyncClient(headers={"x-events-key": key}, limits=limits, timeout=120, trust_env=False) as client:
        return await asyncio.gather(*(_one(client, turn, address, f"{name}-{one}") for one in range(number)))


async def _one(client: httpx.AsyncClient, turn: asyncio.Semaphore, address: str, run: str) -> float:
    event = {
        "topic": TOPIC,
        "subject": f"experiments/e/runs/{run}",
        "eventType": "Microsoft.MachineLearningServices.RunCompleted",
        "eventTime": "2026-01-02T03:04:05Z",
        "id": run,
        "data": {"experimentName": "e", "runId": run, "runTags": {"stage": "prod"}},
    }
    async with turn:
        began = time.perf_counter()
        answer = await client.post(address, json=event)
    assert answer.status_code == 200, answer.text
    return time.perf_counter() - began
