"""Lays a container's files out as Azure does, below `azureml-app`, and logs what the storage-initializer logs."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from deployments.emulator.inference.plan import Plan

MOUNT = "/var/azureml-app"


@dataclass(frozen=True, slots=True)
class Layout:
    """The places of a container's code and model."""

    code: Path
    model: Path | None

    def environment(self, script: str) -> dict[str, str]:
        """The variables by which Azure's inference server finds them."""
        found = {"AML_APP_ROOT": str(self.code), "AZUREML_ENTRY_SCRIPT": script}
        return {**found, "AZUREML_MODEL_DIR": str(self.model)} if self.model else found


async def lay_out(plan: Plan, root: Path, code: Path, model: Path | None, say: Callable[[str], None]) -> Layout:
    """Copy code and model below a container's own folder, replacing what a former start left there."""
    app = root / "azureml-app"
    await asyncio.to_thread(shutil.rmtree, app, ignore_errors=True)
    say(f"Downloading code {plan.code}")
    await _copy(code, app / code.name, say)
    say(f"Mounted code at {MOUNT}/{code.name}")
    if model is None:
        say("No model to download")
        return Layout(app / code.name, None)
    place = f"azureml-models/{plan.model_folder}"
    say(f"Downloading model {plan.model}")
    await _copy(model, app / place / model.name, say)
    say(f"Mounted model at {MOUNT}/{place}")
    return Layout(app / code.name, app / place)


async def _copy(source: Path, target: Path, say: Callable[[str], None]) -> None:
    await asyncio.to_thread(_copy_now, source, target)
    for name, size in _files(target):
        say(f"Downloaded {name} ({size} bytes)")


def _copy_now(source: Path, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    if source.is_dir():
        shutil.copytree(source, target)
    else:
        shutil.copyfile(source, target)


def _files(target: Path) -> Iterator[tuple[str, int]]:
    for file in sorted(target.rglob("*")) if target.is_dir() else [target]:
        if file.is_file():
            yield str(file.relative_to(target.parent)), file.stat().st_size
