"""The output and events of an online deployment's containers, as `getLogs` and Log Analytics show them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Literal

from deployments.emulator.core import Emulator
from deployments.emulator.telemetry import events
from deployments.emulator.telemetry.bounded_file import BoundedFile

ContainerName = Literal["inference-server", "storage-initializer"]
ON_THE_WIRE: dict[str, ContainerName] = {
    "inferenceserver": "inference-server",
    "inference-server": "inference-server",
    "storageinitializer": "storage-initializer",
    "storage-initializer": "storage-initializer",
}
# What each event says of the steps that `getLogs` begins with: (step, its status from then on).
STEPS: dict[str, tuple[str, str]] = {
    "Pulled": ("UserContainerImagePull", "Succeeded"),
    "Downloading": ("ModelDownload", "InProgress"),
    "Downloaded": ("ModelDownload", "Succeeded"),
    "DownloadFailed": ("ModelDownload", "Failed"),
    "Created": ("UserContainerStart", "InProgress"),
    "ContainerReady": ("UserContainerStart", "Succeeded"),
    "BackOff": ("UserContainerStart", "Failed"),
}
INITIALLY = {
    "SystemSetup": "Succeeded",
    "UserContainerImagePull": "Waiting",
    "ModelDownload": "Waiting",
    "UserContainerStart": "Waiting",
}
WARNINGS = ("BackOff", "DownloadFailed", "ReadinessProbeFailed", "LivenessProbeFailed")


class DeploymentLog:
    """The logs of one online deployment, in a folder of its own; a restarted emulator still has them."""

    def __init__(self, emulator: Emulator, deployment_id: str, folder: Path) -> None:
        self._emulator = emulator
        self.deployment_id = deployment_id
        self._folder = folder
        self._files: dict[str, BoundedFile] = {}

    def _file(self, name: str) -> BoundedFile:
        if name not in self._files:
            self._folder.mkdir(parents=True, exist_ok=True)
            self._files[name] = BoundedFile(self._folder / f"{name}.log")
        return self._files[name]

    def line(self, container: ContainerName, text: str) -> None:
        """Keep one line of a container's output."""
        self._file(container).write(text)
        events.console(self._emulator, self.deployment_id, container, text)

    def event(self, name: str, message: str) -> None:
        """Keep one event of a container's life."""
        kind = "Warning" if name in WARNINGS else "Normal"
        time = self._emulator.clock.timestamp()
        self._file("events").write(json.dumps({"Name": name, "Type": kind, "Time": time, "Message": message}))
        events.event(self._emulator, self.deployment_id, name, message)

    def text(self, container: str, tail: int | None) -> str:
        """Return the answer of `getLogs`: the steps' states, the events, and the last lines of a container's output."""
        events = [json.loads(line) for line in self._file("events").tail()]
        steps = {**INITIALLY, **dict(STEPS[event["Name"]] for event in events if event["Name"] in STEPS)}
        lines = self._file(ON_THE_WIRE.get(container.lower(), "inference-server")).tail(tail)
        told = [f"Kind: Pod, {', '.join(f'{name}: {value}' for name, value in event.items())}" for event in events]
        status = [f"{step}: {state}" for step, state in steps.items()]
        parts = (["Instance status:", *status], ["Container events:", *told], ["Container logs:", *lines])
        return "\n\n".join("\n".join(part) for part in parts) + "\n"
