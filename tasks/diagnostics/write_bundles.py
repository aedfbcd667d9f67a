"""Write the support bundles of unhealthy endpoints, each as one zip file, atomically."""

from __future__ import annotations

import asyncio
import os
import tempfile
import zipfile
from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path

from prefect import task
from prefect.logging import get_run_logger
from pydantic import BaseModel

from tasks.domain.diagnostics.context import DiagnosisContext
from tasks.domain.diagnostics.summary import EndpointObservation
from tasks.domain.diagnostics.support_bundle import bundle_files, bundle_name
from tasks.runtime.results import UNCACHED_NO_RETRY


class Incident(BaseModel, frozen=True):
    """An unhealthy endpoint: its diagnoses, latest last, the diagnosis context of the latest, and when it began."""

    looks: tuple[EndpointObservation, ...]
    case: DiagnosisContext
    since: datetime


@task(task_run_name="write support bundles", **UNCACHED_NO_RETRY)
async def write_bundles(folder: str, incidents: Sequence[Incident], made_at: datetime) -> dict[str, str]:
    """Write one bundle for each incident; a later diagnosis of the same incident replaces its file.

    Safe to run again: the same incident has the same file.

    Returns:
        The file's path, or why it could not be written, by endpoint id.
    """
    return {one.looks[-1].summary.id: await _written(Path(folder), one, made_at) for one in incidents}


async def _written(folder: Path, incident: Incident, made_at: datetime) -> str:
    last = incident.looks[-1].summary
    files = bundle_files([(one.summary, one.findings) for one in incident.looks], incident.case, made_at)
    name = bundle_name(last.workspace, last.name, incident.since)
    try:
        path = await asyncio.to_thread(write_bundle, folder, name, files, made_at)
    except OSError as error:
        get_run_logger().warning("no support bundle of %s: %s", last.name, error)
        return f"none: {error}"
    get_run_logger().info("support bundle of %s: %s", last.name, path)
    return str(path)


def write_bundle(folder: Path, name: str, files: Mapping[str, str], made_at: datetime) -> Path:
    """Write the files into ``folder/name`` and replace an earlier one; create the folder if it is absent.

    Raises:
        OSError: When the folder can't be written to.
    """
    folder.mkdir(parents=True, exist_ok=True)
    stamp = (made_at.year, made_at.month, made_at.day, made_at.hour, made_at.minute, 0)
    handle, unfinished = tempfile.mkstemp(dir=folder, prefix=f".{name}.")
    try:
        with os.fdopen(handle, "wb") as out, zipfile.ZipFile(out, "w") as archive:
            for path, text in files.items():
                archive.writestr(zipfile.ZipInfo(path, stamp), text, zipfile.ZIP_DEFLATED)
        return Path(unfinished).replace(folder / name)
    finally:
        Path(unfinished).unlink(missing_ok=True)
