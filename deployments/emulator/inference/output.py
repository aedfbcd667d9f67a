"""A container's output, handed to the logs of the online deployments that share it."""

from __future__ import annotations

from deployments.emulator.inference.deployment_log import ContainerName, DeploymentLog

MAXIMUM_OPENING = 2_000


class Output:
    """Until the container is ready, all its deployments get everything; then, the one that it last served."""

    def __init__(self) -> None:
        self.logs: dict[str, DeploymentLog] = {}
        self.ready = False
        self.working_for = ""
        self._opening: list[tuple[ContainerName | None, str, str]] = []

    def join(self, deployment_id: str, log: DeploymentLog) -> None:
        """Give a deployment's log the output of the start so far, and all that follows."""
        if deployment_id not in self.logs:
            self.logs[deployment_id] = log
            for container, name, text in self._opening:
                _write(log, container, name, text)

    def line(self, container: ContainerName, text: str) -> None:
        """A line of output."""
        self._keep(container, "", text)
        for log in self._audience():
            _write(log, container, "", text)

    def event(self, name: str, message: str) -> None:
        """An event of the container's life; it concerns every deployment."""
        self._keep(None, name, message)
        for log in self.logs.values():
            _write(log, None, name, message)

    def _audience(self) -> list[DeploymentLog]:
        worker = self.logs.get(self.working_for) if self.ready else None
        return [worker] if worker else list(self.logs.values())

    def _keep(self, container: ContainerName | None, name: str, text: str) -> None:
        if not self.ready and len(self._opening) < MAXIMUM_OPENING:
            self._opening.append((container, name, text))


def _write(log: DeploymentLog, container: ContainerName | None, name: str, text: str) -> None:
    if container:
        log.line(container, text)
    else:
        log.event(name, text)
