"""The containers of all online deployments: the plan that each runs, and its port."""

from __future__ import annotations

import asyncio
import hashlib
import itertools
import shutil
from collections.abc import Callable
from pathlib import Path

from deployments.emulator.core import Emulator
from deployments.emulator.errors import ArmError
from deployments.emulator.inference import mlflow
from deployments.emulator.inference.container import Container, not_ready
from deployments.emulator.inference.deployment_log import DeploymentLog
from deployments.emulator.inference.hosting import HostProcess
from deployments.emulator.inference.plan import MLFLOW, Plan, ReadinessProbe
from deployments.emulator.state import Resource

WARM_UP_SECONDS = 0.05  # long enough that what ends at once starts no process
DOWNLOAD_FAILED = "Model download failed, retrying. Please check storage-initializer log for detail."


class InferenceServers:
    """Starts, shares, finds and stops containers.

    Deployments with equal code, model and variables share one, but never two of an endpoint: a rollout of the same
    again is there to have fresh instances.
    """

    def __init__(self, emulator: Emulator, files_of: Callable[[Emulator, str], Path]) -> None:
        self._emulator = emulator
        self._files_of = files_of
        self._folder = emulator.options.state_dir / "inference"
        self._host = HostProcess(self._folder)
        self._containers: dict[str, Container] = {}
        self._serving: dict[str, Container] = {}
        self._using: dict[str, list[Container]] = {}
        self._ending: dict[str, asyncio.Task[None]] = {}
        self._closing = False
        self._warming = False

    def warm_up(self) -> None:
        """Import the server's packages in the background, since a deployment is likely to follow; safe to repeat."""
        if not self._warming:
            self._warming = True
            self._emulator.spawn(self._warm_up())

    async def _warm_up(self) -> None:
        await asyncio.sleep(WARM_UP_SECONDS)
        self._host.begin()

    async def start(self, deployment: Resource) -> None:
        """Run an online deployment, and wait until it answers; safe to repeat.

        A changed deployment keeps its former container until the new one is ready.

        Raises:
            ArmError: 400 without a code, where the user's code can't be started (its log says why);
                404 where code or model don't exist.
        """
        plan, key = Plan.of(deployment, self._model_type(deployment)), deployment.id.lower()
        former = self._serving.get(key)
        if former and former.plan == plan and former.state in ("ready", "down"):
            return
        container = self._join(plan, deployment.id)
        try:
            await self._started(container, deployment)
        except ArmError:
            self._leave(container, deployment.id)
            raise
        self._serving[key] = container
        if former and former is not container:
            self._leave(former, deployment.id)

    def _model_type(self, deployment: Resource) -> str:
        model = self._emulator.resources.get(str(deployment.properties.get("model") or ""))
        return str(model.properties.get("modelType") or "") if model else ""

    def _join(self, plan: Plan, deployment_id: str) -> Container:
        name = self._name(plan, deployment_id)
        container = self._containers.get(name)
        if container is None or container.state == "ended":
            folder = self._folder / "containers" / name
            container = self._containers[name] = Container(self._emulator, self._host, plan, folder)
        container.output.join(deployment_id.lower(), self.log(deployment_id))
        using = self._using.setdefault(deployment_id.lower(), [])
        if container not in using:
            using.append(container)
        return container

    def _name(self, plan: Plan, deployment_id: str) -> str:
        """Return the name of the first container of a plan that no other deployment of the endpoint uses."""
        for number in itertools.count():
            name = f"{plan.key}-{number}"
            container = self._containers.get(name)
            if container is None or not any(_are_siblings(one, deployment_id) for one in container.output.logs):
                return name
        raise AssertionError

    async def _started(self, container: Container, deployment: Resource) -> None:
        plan = container.plan
        ending = self._ending.get(container.name)
        if ending:  # its files have to be gone before a like container's can lie there
            await asyncio.wait({ending})
        try:
            model = self._files_of(self._emulator, plan.model) if plan.model else None
            code = mlflow.PROGRAM if plan.code == MLFLOW else self._files_of(self._emulator, plan.code)
            if plan.code == MLFLOW and model:
                mlflow.require_servable(model)
            await container.started(code, model, ReadinessProbe.of(deployment))
        except ArmError as error:
            if error.status == 404:
                container.output.event("DownloadFailed", DOWNLOAD_FAILED)
                container.output.line("storage-initializer", error.message)
            raise
        except asyncio.CancelledError:
            task = asyncio.current_task()
            if self._closing or container.state != "ended" or (task and task.cancelling()):
                raise
            raise ArmError(409, "OperationCanceled", "The online deployment was deleted meanwhile.") from None

    def _leave(self, container: Container, deployment_id: str) -> None:
        key = deployment_id.lower()
        container.output.logs.pop(key, None)
        using = self._using.get(key, [])
        if container in using:
            using.remove(container)
        if not container.output.logs:
            if self._containers.get(container.name) is container:
                del self._containers[container.name]
            ending = self._ending[container.name] = container.end()
            self._emulator.spawn(self._ended(container.name, ending))

    async def _ended(self, name: str, ending: asyncio.Task[None]) -> None:
        await asyncio.wait({ending})
        if self._ending.get(name) is ending:
            del self._ending[name]

    async def stop(self, deployment_id: str) -> None:
        """Stop an online deployment's container, unless others share it, and forget its logs; safe to repeat."""
        self.withdraw(deployment_id)
        await asyncio.to_thread(shutil.rmtree, self._log_folder(deployment_id), ignore_errors=True)

    def withdraw(self, deployment_id: str) -> None:
        """Stop an online deployment's container, unless others share it; its logs stay."""
        key = deployment_id.lower()
        self._serving.pop(key, None)
        for container in self._using.pop(key, []):
            self.log(deployment_id).event("Killing", "Stopping container inference-server")
            self._leave(container, deployment_id)

    async def serving(self, deployment: Resource) -> Container:
        """The container that serves an online deployment; started again if the emulator itself was.

        Raises:
            ArmError: 400 without a code, where it doesn't run.
        """
        container = self._serving.get(deployment.id.lower())
        if container is None and deployment.properties.get("provisioningState", "Succeeded") != "Succeeded":
            raise not_ready()
        if container is None:
            await self.start(deployment)
            container = self._serving[deployment.id.lower()]
        if container.port is None:
            raise not_ready()
        return container

    def log(self, deployment_id: str) -> DeploymentLog:
        """The logs of an online deployment."""
        return DeploymentLog(self._emulator, deployment_id, self._log_folder(deployment_id))

    def _log_folder(self, deployment_id: str) -> Path:
        return self._folder / "deployments" / hashlib.sha256(deployment_id.lower().encode()).hexdigest()[:20]

    def logs(self, deployment_id: str, container: str, tail: int | None) -> str:
        """Return the answer of `getLogs` for a container, InferenceServer or StorageInitializer."""
        return self.log(deployment_id).text(container, tail)

    async def aclose(self) -> None:
        """End everything at once. Starts in flight are repeated by the next emulator on this state."""
        self._closing = True
        for container in {*self._containers.values(), *(c for using in self._using.values() for c in using)}:
            container.abandon()
        await self._host.close()
        self._containers.clear()
        self._serving.clear()
        self._using.clear()
        self._closing = self._warming = False


def _are_siblings(one: str, other: str) -> bool:
    """Return whether two ids are those of different deployments of one endpoint."""
    mine, theirs = one.lower(), other.lower()
    return mine != theirs and mine.rpartition("/")[0] == theirs.rpartition("/")[0]
