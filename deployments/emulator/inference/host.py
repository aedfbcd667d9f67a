"""The process that user code runs below: it imports Azure's inference server once, and forks for each container.

A program of its own (`python -I host.py`, with a socket as its standard input); it imports nothing of the emulator's,
so that user code meets none of it. Messages are JSON, one a packet. `{"start": id, "arguments", "environment",
"folder"}` comes with two descriptors, the listening socket and where output goes; `{"stop": id}` ends a container;
`{"ended": id, "status"}` is returned. When the emulator ends, in whatever way, the socket closes, and
everything that was started here is killed.
"""

from __future__ import annotations

import ctypes
import gc
import importlib
import json
import os
import selectors
import shlex
import signal
import socket
import sys
import time
from dataclasses import dataclass
from typing import Any

MAXIMUM_MESSAGE = 1 << 20
PATIENCE_SECONDS = 1.0
FIRST_PASSED_DESCRIPTOR = 3  # where systemd's socket activation, which gunicorn knows, expects the listening socket
SET_DEATH_SIGNAL = 1  # prctl's PR_SET_PDEATHSIG
ADOPT_ORPHANS = 36  # prctl's PR_SET_CHILD_SUBREAPER
IMPORTED_AHEAD = (
    "azure.monitor.opentelemetry.exporter",
    "azureml_inference_server_http.amlserver",
    "azureml_inference_server_http.amlserver_linux",
    "gunicorn.workers.sync",
    "inference_schema.schema_util",
    "opentelemetry.sdk._logs.export",
    "opentelemetry.sdk.trace.export",
    "pydantic_settings",
)


@dataclass(slots=True)
class Child:
    """A running container: the process that leads its session, and a descriptor that is readable once it has ended."""

    identity: int
    pid: int
    watch: int
    must_end_by: float | None = None


class Host:
    """Forks containers on request, and reports their ends."""

    def __init__(self, control: socket.socket) -> None:
        self._control = control
        self._selector = selectors.PollSelector()
        self._selector.register(control, selectors.EVENT_READ)
        self._children: dict[int, Child] = {}

    def serve(self) -> dict[str, Any] | None:
        """Serve until the emulator is gone (None); in a forked child, return the container to become."""
        while True:
            for key, _ in self._selector.select(PATIENCE_SECONDS / 4 if self._impatient() else None):
                if key.data is not None:
                    self._report(key.data)
                    continue
                message, descriptors, _, _ = socket.recv_fds(self._control, MAXIMUM_MESSAGE, 2)
                if not message:
                    return None
                request = json.loads(message)
                if "stop" in request:
                    self._stop(request["stop"])
                elif self._fork(request["start"], descriptors):
                    return {**request, "descriptors": descriptors}
            self._lose_patience()

    def _fork(self, identity: int, descriptors: list[int]) -> bool:
        pid = os.fork()
        if pid == 0:
            self._control.detach()
            return True
        for descriptor in descriptors:
            os.close(descriptor)
        child = Child(identity, pid, os.pidfd_open(pid))
        self._children[identity] = child
        self._selector.register(child.watch, selectors.EVENT_READ, child)
        return False

    def _report(self, child: Child) -> None:
        _, status = os.waitpid(child.pid, 0)
        self._selector.unregister(child.watch)
        os.close(child.watch)
        del self._children[child.identity]
        _kill_session(child, signal.SIGKILL)  # what the container's own children left running
        self._reap_orphans()
        code = os.waitstatus_to_exitcode(status)
        self._control.send(json.dumps({"ended": child.identity, "status": code}).encode())

    def _stop(self, identity: int) -> None:
        child = self._children.get(identity)
        if child:
            _kill_session(child, signal.SIGTERM)
            child.must_end_by = _now() + PATIENCE_SECONDS

    def _impatient(self) -> bool:
        return any(child.must_end_by is not None for child in self._children.values())

    def _lose_patience(self) -> None:
        for child in self._children.values():
            if child.must_end_by is not None and child.must_end_by < _now():
                _kill_session(child, signal.SIGKILL)

    def _reap_orphans(self) -> None:
        """Reap processes whose containers ended before them, so that they don't stay as zombies."""
        known = {child.pid for child in self._children.values()}
        while _children():
            ended = os.waitid(os.P_ALL, 0, os.WEXITED | os.WNOHANG | os.WNOWAIT)
            if ended is None or ended.si_pid in known:
                return
            os.waitpid(ended.si_pid, 0)

    def kill(self) -> None:
        """End everything at once, and all that was orphaned here; when this returns, nothing is left."""
        for child in self._children.values():
            _kill_session(child, signal.SIGKILL)
        while children := _children():
            for pid in children:
                os.kill(pid, signal.SIGKILL)
            os.waitpid(-1, 0)


def _children() -> list[int]:
    """This process's children; none are known on a kernel that doesn't list them."""
    try:
        with open(f"/proc/self/task/{os.getpid()}/children") as file:  # noqa: PTH123  (pathlib: one more import)
            return [int(pid) for pid in file.read().split()]
    except FileNotFoundError:
        return []


def _now() -> float:
    return os.times().elapsed


def _kill_session(child: Child, number: signal.Signals) -> None:
    try:
        os.killpg(child.pid, number)
    except (ProcessLookupError, PermissionError):  # no process is left; or the child has not begun its session yet
        return


def _set_parent_death_signal(parent: int) -> None:
    """Ask the kernel to kill this process when its parent ends, by whatever cause."""
    ctypes.CDLL(None).prctl(SET_DEATH_SIGNAL, signal.SIGKILL)
    if os.getppid() != parent:
        os.kill(os.getpid(), signal.SIGKILL)


def _begin_session(host: int, listening: int, output: int) -> None:
    """Be the leader of a session of its own, with only the descriptors that a container has."""
    os.setsid()
    _set_parent_death_signal(host)
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.dup2(output, 1)
    os.dup2(output, 2)
    os.dup2(listening, FIRST_PASSED_DESCRIPTOR)
    os.closerange(FIRST_PASSED_DESCRIPTOR + 1, os.sysconf("SC_OPEN_MAX"))


def _replace_environment(environment: dict[str, str], folder: str) -> None:
    """Replace the environment as if started with it, including what Python and gunicorn have read already."""
    os.environ.clear()
    os.environ.update(environment)
    time.tzset()
    sys.path[:0] = [place for place in environment.get("PYTHONPATH", "").split(os.pathsep) if place]
    arguments = shlex.join(["--no-control-socket", "--chdir", folder])
    os.environ.update(LISTEN_FDS="1", LISTEN_PID=str(os.getpid()), GUNICORN_CMD_ARGS=arguments)


def _become_container(request: dict[str, Any], host: int) -> None:
    """Run Azure's inference server as its own command does; exits, never returns."""
    listening, output = request["descriptors"]
    _begin_session(host, listening, output)
    os.chdir(request["folder"])
    _replace_environment(request["environment"], request["folder"])
    sys.argv = ["azmlinfsrv", *request["arguments"]]
    master = os.getpid()

    def in_worker() -> None:
        if os.getppid() == master:
            _set_parent_death_signal(master)
            os.environ.pop("GUNICORN_CMD_ARGS", None)

    os.register_at_fork(after_in_child=in_worker)
    sys.stdout = open(1, "w", buffering=1, closefd=False)  # noqa: SIM115  (it lives as long as the process)
    importlib.import_module("azureml_inference_server_http.amlserver").run()


def _preload() -> None:
    """Import once what the server would import in each container, less what reads its environment."""
    # This project, where it is installed for development, is not part of a container's Python.
    sys.meta_path[:] = [finder for finder in sys.meta_path if not str(finder.__module__).startswith("__editable__")]
    for name in IMPORTED_AHEAD:
        importlib.import_module(name)
    gc.freeze()  # so that collections in the forks don't copy the pages that they share


def main() -> None:
    """Serve, and kill everything at the end; in a child, become a container."""
    host = Host(socket.socket(fileno=os.dup(0)))
    ctypes.CDLL(None).prctl(ADOPT_ORPHANS, 1)
    pid = os.getpid()
    _preload()
    request = host.serve()
    if request is None:
        host.kill()
        os._exit(0)  # nothing is left to tidy up, and tidying up all those modules takes a while
    else:
        _become_container(request, pid)


if __name__ == "__main__":
    main()
