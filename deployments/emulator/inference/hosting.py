"""The emulator's side of the host process: starts it when first needed; runs and stops containers through it."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import socket
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from deployments.emulator.errors import ArmError
from deployments.emulator.inference.exchange import LOOPBACK

PROGRAM = Path(__file__).with_name("host.py")
MAXIMUM_REPORT = 65_536
WAITING_CONNECTIONS = 2_048
LOST = -1_000  # the status of a container whose host process is gone


@dataclass(slots=True, eq=False)
class Running:
    """A container's processes: their port, their output, and how they ended."""

    identity: int
    port: int
    output: asyncio.StreamReader
    ended: asyncio.Future[int]


class HostProcess:
    """The one process that all containers are forks of. Nothing of it outlives the emulator, however that ends."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._process: subprocess.Popen[bytes] | None = None
        self._control: socket.socket | None = None
        self._running: dict[int, Running] = {}
        self._last = 0

    def begin(self) -> socket.socket:
        """Start the process if it doesn't run; it imports the server's packages ahead of the first container."""
        if self._control is None:
            self._control = self._launch()
        return self._control

    def _launch(self) -> socket.socket:
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self._folder.mkdir(parents=True, exist_ok=True)
        with theirs, (self._folder / "host.log").open("ab") as log:
            self._process = subprocess.Popen(  # noqa: S603  (this interpreter, and a program of this package)
                [sys.executable, "-I", str(PROGRAM)],
                stdin=theirs.fileno(),
                stdout=log,
                stderr=log,
                env=base_environment(),
                cwd=self._folder,
                start_new_session=True,
            )
        ours.settimeout(0)
        asyncio.get_running_loop().add_reader(ours, self._receive, ours)
        return ours

    async def run(self, arguments: list[str], environment: dict[str, str], folder: Path) -> Running:
        """Fork a container that listens on a free port of loopback.

        Raises:
            ArmError: 500, where the host process can't be reached.
        """
        control = self.begin()
        listening = socket.create_server((LOOPBACK, 0), backlog=WAITING_CONNECTIONS)
        reading, writing = os.pipe()
        port: int = listening.getsockname()[1]
        self._last += 1
        message = {
            "start": self._last,
            "arguments": [*arguments, "--port", str(port)],
            "environment": environment,
            "folder": str(folder),
        }
        try:
            socket.send_fds(control, [json.dumps(message).encode()], [listening.fileno(), writing])
        except OSError as error:
            os.close(reading)
            raise ArmError(500, "InternalServerError", f"The container couldn't be started: {error}.") from error
        finally:
            listening.close()
            os.close(writing)
        running = Running(self._last, port, asyncio.StreamReader(), asyncio.get_running_loop().create_future())
        self._running[running.identity] = running
        await _read_into(running.output, reading)
        return running

    def stop(self, running: Running) -> None:
        """End a container, by force where it doesn't end within a second; `running.ended` is done when it has."""
        if self._control and not running.ended.done():
            with contextlib.suppress(OSError):  # the host is gone, and the container with it
                self._control.send(json.dumps({"stop": running.identity}).encode())

    def _receive(self, control: socket.socket) -> None:
        try:
            message = control.recv(MAXIMUM_REPORT)
        except ConnectionError:
            message = b""
        if not message:
            self._lose(control)
            self._reap()
            return
        report = json.loads(message)
        running = self._running.pop(report["ended"], None)
        if running and not running.ended.done():
            running.ended.set_result(report["status"])

    def _lose(self, control: socket.socket) -> None:
        asyncio.get_running_loop().remove_reader(control)
        control.close()
        if self._control is control:
            self._control = None
        for running in self._running.values():
            if not running.ended.done():
                running.ended.set_result(LOST)
        self._running.clear()

    def _reap(self) -> None:
        """Reap a process that has ended by itself; it closes its socket only by ending."""
        if self._process:
            self._process.wait()
            self._process = None

    async def close(self) -> None:
        """End the process and every container at once; the next `begin` starts anew."""
        process, self._process = self._process, None
        if process and not self._running:
            process.kill()  # it may still be importing, and has nothing to end
        if self._control:
            self._lose(self._control)
        if process:
            await asyncio.to_thread(process.wait)


def base_environment() -> dict[str, str]:
    """Return a container's basic environment: nothing of the emulator's own but the search path."""
    return {"PATH": os.environ.get("PATH", os.defpath), "LANG": "C.UTF-8"}


async def _read_into(output: asyncio.StreamReader, descriptor: int) -> None:
    pipe = os.fdopen(descriptor, "rb", buffering=0)
    await asyncio.get_running_loop().connect_read_pipe(lambda: asyncio.StreamReaderProtocol(output), pipe)
