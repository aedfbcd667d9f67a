"""A cluster of real processes on loopback: the commands of compose.yaml and its settings, with other addresses."""

from __future__ import annotations

import base64
import contextlib
import secrets
import socket
import subprocess
import sys
import tempfile
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psutil
import yaml

from deployments.local.processes import LOOPBACK, child
from deployments.paths import ROOT
from support.cluster.backends import environment, postgres, redis
from support.paths import PYTHONPATH
from support.waiting import until

FOLDER = ROOT / "deployments" / "cluster"
REPLICAS = ("api-1", "api-2")
WORKERS = ("worker-1", "worker-2")


def variables_in(name: str) -> dict[str, str]:
    """The lines of one of the folder's files of variables."""
    lines = (FOLDER / name).read_text().splitlines()
    return dict(line.split("=", 1) for line in lines if line and not line.startswith("#"))


def services() -> dict[str, dict[str, Any]]:
    """The services of compose.yaml."""
    found: dict[str, dict[str, Any]] = yaml.safe_load((FOLDER / "compose.yaml").read_text())["services"]
    return found


@dataclass
class Cluster:
    """What runs, and how to end parts of it the hard way."""

    folder: Path
    ports: dict[str, int]
    password: str
    processes: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)
    orphans: list[psutil.Process] = field(default_factory=list)

    @property
    def client(self) -> dict[str, str]:
        """What workers and other clients are told: the settings with this cluster's addresses, and their one secret."""
        return variables_in("settings.env") | {
            "PREFECT_API_URL": f"http://{LOOPBACK}:{self.ports['proxy']}/api",
            "PREFECT_API_AUTH_STRING": f"test:{self.password}",
            "PREFECT_LOCAL_STORAGE_PATH": str(self.folder / "results"),
        }

    @property
    def server(self) -> dict[str, str]:
        """What the server's processes are told: the settings with this cluster's addresses, and their secrets."""
        address = f"redis://:{self.password}@{LOOPBACK}:{self.ports['redis']}/0"
        return variables_in("settings.env") | {
            "PREFECT_SERVER_DATABASE_HOST": LOOPBACK,
            "PREFECT_SERVER_DATABASE_PORT": str(self.ports["postgres"]),
            "PREFECT_SERVER_DATABASE_PASSWORD": self.password,
            "PREFECT_REDIS_MESSAGING_URL": address,
            "PREFECT_REDIS_WORKER_CLEANUP_QUEUE_URL": address,
            "PREFECT_SERVER_DOCKET_URL": address,
            "PREFECT_SERVER_API_AUTH_STRING": f"test:{self.password}",
            "PREFECT_SERVER_ENCRYPTION_KEY": base64.urlsafe_b64encode(self.password.encode()).decode(),
        }

    def start(self, command: list[str], name: str, own: dict[str, str]) -> contextlib.AbstractContextManager[None]:
        """A process with a name, a home and a log of its own."""
        return _started(self, command, name, {"PREFECT_HOME": str(self.folder / name), **own})

    def healthy(self, name: str) -> bool:
        """Whether a replica, or the proxy, answers."""
        with contextlib.suppress(OSError):
            urllib.request.urlopen(f"http://{LOOPBACK}:{self.ports[name]}/api/health", timeout=5).close()
            return True
        return False

    def kill(self, name: str) -> None:
        """End a process and all its children at once, as the death of its machine does."""
        self.kill_alone(name)
        self.end_orphans()

    def kill_alone(self, name: str) -> None:
        """End a process by SIGKILL; its children live on, with nobody above them."""
        self.orphans += psutil.Process(self.processes[name].pid).children(recursive=True)
        self.processes[name].kill()
        self.processes[name].wait()

    def end_orphans(self) -> None:
        """End what `kill_alone` left behind."""
        for one in self.orphans:
            with contextlib.suppress(psutil.NoSuchProcess):
                one.kill()
        self.orphans.clear()


@contextlib.contextmanager
def start_cluster(azure: dict[str, str]) -> Iterator[Cluster]:
    """Everything of compose.yaml, ready for work; `azure` are the variables that the workers' Azure needs.

    Raises:
        AssertionError: Something did not start.
    """
    with contextlib.ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="endpoint-cluster-")))
        folder.chmod(0o755)  # PostgreSQL runs as a user of its own
        ports = _free_ports("postgres", "redis", "proxy", *REPLICAS)
        cluster = Cluster(folder, ports, secrets.token_hex(16))
        stack.enter_context(postgres(folder, ports["postgres"], cluster.password))
        stack.enter_context(redis(folder, ports["redis"], cluster.password))
        _migrate(cluster)
        stack.enter_context(cluster.start(_command("services"), "services", cluster.server))
        for name in REPLICAS:  # one after the other, as compose.yaml does
            port = {"PREFECT_SERVER_API_PORT": str(ports[name])}
            stack.enter_context(cluster.start(_command(name), name, cluster.server | port))
            until(lambda name=name: cluster.healthy(name), name)
        stack.enter_context(_proxy(cluster))
        stack.callback(cluster.end_orphans)
        for name in WORKERS:
            stack.enter_context(worker(cluster, name, azure))
        yield cluster


@contextlib.contextmanager
def worker(cluster: Cluster, name: str, azure: dict[str, str], *, pool: str | None = None) -> Iterator[None]:
    """A worker, as one machine would run it, of the compose file's pool or another one; its runs end with it."""
    command = [*_command("worker"), "--name", name]
    if pool:
        command[command.index("--pool") + 1] = pool
    with cluster.start(command, name, cluster.client | azure | {"PYTHONPATH": PYTHONPATH}):
        try:
            yield
        finally:
            if cluster.processes[name].poll() is None:
                cluster.kill(name)


@contextlib.contextmanager
def _started(cluster: Cluster, command: list[str], name: str, own: dict[str, str]) -> Iterator[None]:
    with child(command, cluster.folder / f"{name}.log", environment(own)) as process:
        cluster.processes[name] = process
        yield


@contextlib.contextmanager
def _proxy(cluster: Cluster) -> Iterator[None]:
    own = {f"API_{number}": f"{LOOPBACK}:{cluster.ports[name]}" for number, name in enumerate(REPLICAS, 1)}
    own["PROXY_BIND"] = f"{LOOPBACK}:{cluster.ports['proxy']}"
    with cluster.start(["haproxy", "-db", "-f", str(FOLDER / "haproxy.cfg")], "proxy", own):
        until(lambda: cluster.healthy("proxy"), "the proxy")
        yield


def _migrate(cluster: Cluster) -> None:
    own = environment(cluster.server | {"PREFECT_HOME": str(cluster.folder / "migration")})
    done = subprocess.run(_command("migration"), env=own, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, f"{done.stdout[-2000:]}\n{done.stderr[-3000:]}"


def _command(service: str) -> list[str]:
    """A service's command in compose.yaml, by this environment's Prefect."""
    program, *words = services()[service]["command"]
    assert program == "prefect"
    return [sys.executable, "-m", "prefect", *words]


def _free_ports(*names: str) -> dict[str, int]:
    """A port for each: all are held until the last is found, so that no two are the same."""
    with contextlib.ExitStack() as stack:
        held = {name: stack.enter_context(socket.create_server((LOOPBACK, 0))) for name in names}
        return {name: one.getsockname()[1] for name, one in held.items()}
