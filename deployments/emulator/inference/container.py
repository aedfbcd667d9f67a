"""One container: the user's code in Azure's inference server, from its start through its crashes to its end."""

from __future__ import annotations

import asyncio
import contextlib
import shutil
import signal
from collections.abc import Coroutine
from pathlib import Path
from typing import Any, Literal

from deployments.emulator.core import Emulator
from deployments.emulator.errors import ArmError
from deployments.emulator.inference.deployment_log import ContainerName
from deployments.emulator.inference.exchange import exchange
from deployments.emulator.inference.hosting import LOST, HostProcess, Running, base_environment
from deployments.emulator.inference.layout import Layout, lay_out
from deployments.emulator.inference.output import Output
from deployments.emulator.inference.plan import Plan, ReadinessProbe

NAME: ContainerName = "inference-server"
POLL_SECONDS = 0.1
RETRY_SECONDS = 0.05
READ_BYTES = 65_536
MAXIMUM_LINE = 262_144
BOOT_LINE = "Booting worker with pid"
MAXIMUM_BOOTS = 5  # a worker that dies this often before it has ever answered will not get better by waiting
BACK_OFF_SECONDS = (0.0, 1.0, 2.0, 4.0, 8.0, 16.0, 30.0)
KILLED = -signal.SIGKILL  # how the kernel ends what needs more memory than there is
GUIDE = "Please see troubleshooting guide, available here: https://aka.ms/oe-tsg#error"


def not_ready(probe: str = "Liveness") -> ArmError:
    """Return Azure's error for a container that ended or never answered its probes; its log has the cause.

    Errors of containers have no code: a word that leads the message stands for it.
    """
    reason = f"{probe} probe failed: HTTP probe failed with statuscode: 502"
    return ArmError(
        400, "", f"ResourceNotReady: User container has crashed or terminated: {reason}. {GUIDE}-resourcenotready"
    )


def out_of_memory(timestamp: str) -> ArmError:
    """Return Azure's error for a container that needed more memory than there is; it only sounds like a quota."""
    return ArmError(
        400, "", f"{timestamp} OutOfQuota: Container terminated due to insufficient memory. {GUIDE}-outofquota"
    )


def _ended(running: Running, timestamp: str) -> ArmError:
    if running.ended.done() and running.ended.result() == KILLED:
        return out_of_memory(timestamp)
    if running.ended.done() and running.ended.result() == LOST:
        return ArmError(500, "InternalServerError", "The process that runs containers ended: see inference/host.log.")
    return not_ready()


class Container:
    """Runs one plan, for one or more online deployments that share it."""

    def __init__(self, emulator: Emulator, host: HostProcess, plan: Plan, folder: Path) -> None:
        self._emulator = emulator
        self._host = host
        self._folder = folder
        self.plan = plan
        self.output = Output()
        self.state: Literal["new", "starting", "ready", "down", "ended"] = "new"
        self._running: Running | None = None
        self._starting: asyncio.Task[None] | None = None
        self._tasks: set[asyncio.Task[None]] = set()
        self._boots = 0

    @property
    def name(self) -> str:
        """The name of its folder, unique among containers."""
        return self._folder.name

    @property
    def port(self) -> int | None:
        """The port on loopback, while it is ready."""
        return self._running.port if self._running and self.state == "ready" else None

    async def started(self, code: Path, model: Path | None, readiness: ReadinessProbe) -> None:
        """Wait until it serves; the first caller starts it.

        Raises:
            ArmError: 400 without a code, where the user's code ended or never answered.
        """
        if self._starting is None:
            self.state = "starting"
            self._starting = self._spawn(self._start(code, model, readiness))
        await asyncio.shield(self._starting)

    def _spawn(self, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task

    async def _start(self, code: Path, model: Path | None, readiness: ReadinessProbe) -> None:
        event = self.output.event
        event("Pulling", "Start pulling container image")
        event("Pulled", "Container image is pulled successfully")
        event("Downloading", "Start downloading models")
        layout = await lay_out(self.plan, self._folder, code, model, self._log_storage)
        event("Downloaded", "Models are downloaded successfully or no model need to download")
        try:
            await self._boot(layout, readiness)
        except ArmError:
            self.state = "ended"
            raise

    def _log_storage(self, text: str) -> None:
        self.output.line("storage-initializer", f"{self._emulator.clock.timestamp()} {text}")

    async def _boot(self, layout: Layout, readiness: ReadinessProbe) -> None:
        arguments = ["--entry_script", self.plan.script]
        environment = {**base_environment(), "HOME": str(self._folder), **dict(self.plan.variables)}
        environment |= layout.environment(self.plan.script)
        self._boots = 0
        running = self._running = await self._host.run(arguments, environment, layout.code)
        self.output.event("Created", f"Created container {NAME}")
        self.output.event("Started", f"Started container {NAME}")
        reading = self._spawn(self._read(running))
        try:
            await self._answers(running, readiness)
        except ArmError:
            self.output.event("BackOff", "Back-off restarting failed container")
            self._host.stop(running)
            await _first_of(running.ended, reading, seconds=2.0, every=True)  # the log shall say all there is to say
            raise
        self.state = "ready"
        self.output.event("ContainerReady", "Container is ready")
        self.output.ready = True
        self._spawn(self._guard(running, layout, readiness))

    async def _read(self, running: Running) -> None:
        held = b""
        while chunk := await running.output.read(READ_BYTES):
            *lines, held = (held + chunk).split(b"\n")
            for line in lines:
                self._record_line(line)
            if len(held) > MAXIMUM_LINE:
                self._record_line(held)
                held = b""
        if held:
            self._record_line(held)

    def _record_line(self, line: bytes) -> None:
        text = line.decode(errors="replace").rstrip("\r")
        self._boots += BOOT_LINE in text
        self.output.line(NAME, text)

    async def _answers(self, running: Running, readiness: ReadinessProbe) -> None:
        """Wait for a healthy answer; give up when the process has ended, keeps crashing, or too many probes failed."""
        began, failed = self._emulator.clock.now(), 0
        probe = self._spawn_probe(running)
        try:
            while not (probe.done() and probe.result()):
                await _first_of(probe, running.ended, seconds=POLL_SECONDS)
                if running.ended.done() or self._boots >= MAXIMUM_BOOTS:
                    raise _ended(running, self._emulator.clock.timestamp())
                if probe.done() and not probe.result():
                    await asyncio.sleep(RETRY_SECONDS)
                    probe = self._spawn_probe(running)
                due = readiness.failed_after(self._emulator.clock.now() - began)
                failed = self._report_failures(failed, min(due, readiness.failures))
                if failed >= readiness.failures:
                    raise not_ready("Readiness")
        finally:
            probe.cancel()

    def _report_failures(self, reported: int, failed: int) -> int:
        for _ in range(reported, failed):
            self.output.event("ReadinessProbeFailed", "Readiness probe failed: HTTP probe failed with statuscode: 502")
        return max(reported, failed)

    def _spawn_probe(self, running: Running) -> asyncio.Task[bool]:
        return asyncio.get_running_loop().create_task(_healthy(running.port))

    async def _guard(self, running: Running, layout: Layout, readiness: ReadinessProbe) -> None:
        """Restart it with growing delays when it ends without having been stopped."""
        await asyncio.wait({running.ended})
        self.state = "down"
        self.output.event("LivenessProbeFailed", "Liveness probe failed: HTTP probe failed with statuscode: 502")
        for attempt in range(1_000_000):
            await asyncio.sleep(BACK_OFF_SECONDS[min(attempt, len(BACK_OFF_SECONDS) - 1)])
            with contextlib.suppress(ArmError):  # it is in the log; the next attempt comes later
                await self._boot(layout, readiness)
                return

    def end(self) -> asyncio.Task[None]:
        """Stop it; the task ends when its processes have, and its files are gone."""
        self.abandon()
        return asyncio.get_running_loop().create_task(self._clear(self._running))

    async def _clear(self, running: Running | None) -> None:
        if running:
            self._host.stop(running)
            await asyncio.wait({running.ended}, timeout=5.0)
        await asyncio.to_thread(shutil.rmtree, self._folder, ignore_errors=True)

    def abandon(self) -> None:
        """Drop it without an event, since the host process ends it."""
        self.state = "ended"
        for task in list(self._tasks):
            task.cancel()


async def _first_of(*waited: asyncio.Future[Any], seconds: float, every: bool = False) -> None:
    """Wait until one of these is done, or every one, for a limited time."""
    when = asyncio.ALL_COMPLETED if every else asyncio.FIRST_COMPLETED
    await asyncio.wait(waited, timeout=seconds, return_when=when)


async def _healthy(port: int) -> bool:
    try:
        reply = await exchange(port, "GET", "/", {})
    except OSError:
        return False
    return reply.status == 200
