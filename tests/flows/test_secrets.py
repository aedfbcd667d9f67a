"""After a lifecycle no key, token or signature is anywhere but in Azure."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from support.emulator.management import Management
from support.emulator.running import RunningEmulator
from support.lifecycle.stage import Job, new_job
from support.prefect.server import RunningPrefect

TOKEN = re.compile(rb"eyJ[\w-]{10,}\.[\w-]{10,}\.[\w-]{10,}")
SIGNATURE = re.compile(rb"[?&;]sig=(?!REDACTED|\*\*\*)[\w%+/]{10,}")
EVERYTHING_LOGGED = {
    "PREFECT_LOGGING_LEVEL": "DEBUG",
    "PREFECT_LOGGING_TO_API_ENABLED": "true",
    "PREFECT_LOGGING_EXTRA_LOGGERS": "azure,tasks,flows",
}


def run_verbosely(job: Job, prefect: RunningPrefect) -> bytes:
    """Run a lifecycle with everything logged, also to the server; what it printed."""
    with job.process(prefect, **EVERYTHING_LOGGED) as process:
        try:
            printed, _ = process.communicate(timeout=90)
        finally:
            process.kill()
    return printed.encode()


def secrets_of(job: Job) -> Iterator[bytes]:
    """The keys of everything that the lifecycle made, and the secret that it signed in with."""
    management = Management(job.emulator)
    yield job.emulator.variables["AZURE_CLIENT_SECRET"].encode()
    endpoint = job.target.endpoint_id(job.endpoint.name)
    keys = management.ask("POST", f"{endpoint}/listKeys", version="2022-02-01-preview").json()
    yield from (keys[name].encode() for name in ("primaryKey", "secondaryKey") if keys.get(name))
    accounts = (one for one in job.resources().values() if str(one.get("type")).endswith("/storageAccounts"))
    for account in accounts:
        found = management.ask("POST", f"{account['id']}/listKeys", version="2023-01-01").json()
        yield from (key["value"].encode() for key in found["keys"])
    workspace = management.ask("POST", f"{job.target.workspace_id}/listKeys", version="2024-10-01-preview").json()
    yield workspace["userStorageKey"].encode()


def kept_by(prefect: RunningPrefect) -> dict[str, bytes]:
    """Every file in which Prefect keeps anything: the database with its log of changes, results, all of its home."""
    database = prefect.database.parent.glob(f"{prefect.database.name}*")
    return {file.name: file.read_bytes() for file in (*database, *prefect.home.rglob("*")) if file.is_file()}


def leaks(place: bytes, secrets: list[bytes]) -> list[bytes]:
    """What of the secrets, or of the shape of a token or signature, stands in a place."""
    return [one for one in secrets if one in place] + TOKEN.findall(place) + SIGNATURE.findall(place)


@pytest.fixture(scope="module", params=["key", "aml_token", "failed upload"])
def told(
    request: pytest.FixtureRequest,
    emulator_process: RunningEmulator,
    prefect_server: RunningPrefect,
    tmp_path_factory: pytest.TempPathFactory,
) -> tuple[Job, bytes]:
    """A lifecycle that ran with everything logged, and what it printed."""
    job = new_job(emulator_process, tmp_path_factory.mktemp("secrets"))
    if request.param == "aml_token":
        job = job.but(endpoint=job.endpoint.model_copy(update={"auth_mode": "aml_token"}))
    if request.param == "failed upload":
        emulator_process.fault(action="fail", method="PUT", host=r"\.blob\.", status=403, code="AuthorizationFailure")
    printed = run_verbosely(job, prefect_server)
    emulator_process.clear_faults()
    ended = b"Failed" if request.param == "failed upload" else b"Completed"
    assert printed.splitlines()[-1] == ended, printed[-3000:]
    return job, printed


def test_nothing_secret_is_printed(told: tuple[Job, bytes]) -> None:
    """Terminal output at the most talkative level has no secret."""
    job, printed = told
    assert b"DEBUG" in printed
    assert leaks(printed, list(secrets_of(job))) == []


def test_prefect_keeps_nothing_secret(told: tuple[Job, bytes], prefect_server: RunningPrefect) -> None:
    """Database (runs, parameters, states, logs, artifacts, events), result storage and home have no secret."""
    job, _ = told
    places = kept_by(prefect_server)
    assert job.endpoint.name.encode() in b"".join(places.values())
    secrets = list(secrets_of(job))
    assert {name: found for name, content in places.items() if (found := leaks(content, secrets))} == {}


def test_the_journal_has_nothing_secret(told: tuple[Job, bytes]) -> None:
    """The emulator's journal, which people pass around, has no secret."""
    job, _ = told
    journal = job.emulator.control("GET", "/journal").content
    assert leaks(journal, list(secrets_of(job))) == []


def test_the_search_finds_what_it_looks_for(told: tuple[Job, bytes], tmp_path: Path) -> None:
    """The search itself would see a key, a token and a signature."""
    job, _ = told
    secrets = list(dict.fromkeys(secrets_of(job)))
    assert len(secrets) >= 3
    planted = (
        b"x" + secrets[1] + b" eyJhbGciOiJSUzI1NiJ9.eyJhdWQiOiJodHRwczovL20ifQ.c2lnbmF0dXJlLWhlcmU &sig=abcdefghijkl%3D"
    )
    assert len(leaks(planted, secrets)) == 3
