"""One Prefect server for a test session, with a home, a database and result storage of its own."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from prefect import settings
from prefect.settings import temporary_settings
from prefect.testing.utilities import prefect_test_harness


@dataclass(frozen=True)
class RunningPrefect:
    """A started server: its address, and where it and the runs keep what they know."""

    api_url: str
    home: Path
    database: Path
    storage: Path

    @property
    def variables(self) -> dict[str, str]:
        """What a process of its own needs to run flows against it."""
        return {
            "PREFECT_API_URL": self.api_url,
            "PREFECT_HOME": str(self.home),
            "PREFECT_LOCAL_STORAGE_PATH": str(self.storage),
            "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
        }


@contextlib.contextmanager
def start_prefect(folder: Path) -> Iterator[RunningPrefect]:
    """Start a server, and let this process use it. Heartbeats and shipped logs are off: they cost a second a run."""
    home = {
        settings.PREFECT_HOME: folder,
        settings.PREFECT_LOCAL_STORAGE_PATH: folder / "storage",
        settings.PREFECT_SERVER_ANALYTICS_ENABLED: False,
        settings.PREFECT_SERVER_SERVICES_EVENT_PERSISTER_FLUSH_INTERVAL: 0.2,
    }
    quick = {settings.PREFECT_FLOWS_HEARTBEAT_FREQUENCY: None, settings.PREFECT_LOGGING_TO_API_ENABLED: False}
    with temporary_settings(home), prefect_test_harness(server_startup_timeout=60), temporary_settings(quick):
        database = settings.PREFECT_SERVER_DATABASE_CONNECTION_URL.value().partition(":///")[2]
        yield RunningPrefect(settings.PREFECT_API_URL.value(), folder, Path(database), folder / "storage")
