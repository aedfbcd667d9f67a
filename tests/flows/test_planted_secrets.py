"""What a model prints, answers and raises is shown by every flow, and its secrets by none."""

from __future__ import annotations

import base64
import json
import os
import subprocess
import sys
import zipfile
from pathlib import Path
from urllib.parse import quote

import pytest
from support.emulator.azure_writes import deploy
from support.events.intake_stage import ACCOUNT, Intake
from support.paths import PYTHONPATH, ROOT
from support.prefect.server import RunningPrefect
from support.rollout import run_planted
from support.rollout.stage import QUICK, Served

from tasks.clients.connect import connect
from tasks.runtime.azure_workspace import AzureWorkspace

SECRET = 'Pl4nt"d/Secret+7Xq9'
TOKENS = (
    "eyJhbGciOiJSUzI1NiJ9.eyJwbGFudGVkIjoxfQ.cGxhbnRlZC1zaWduYXR1cmU",
    "ghp_pl4ntedpl4ntedpl4ntedpl4ntedpl4nted1",
    "AKIAPLANTEDPLANTED01",
)
LABELLED = f"DB_PASSWORD={SECRET}"
OUTPUT = [
    LABELLED,
    json.dumps({"password": SECRET}),
    json.dumps(json.dumps({"password": SECRET})),
    quote(f"{LABELLED}&x=1", safe=""),
    base64.b64encode(LABELLED.encode()).decode(),
    repr({"client_secret": SECRET}),
    f"postgresql://app:{quote(SECRET, safe='')}@db/churn",
    *TOKENS,
    "no text: \x00",
]
SCORE = f"""
import json

OUTPUT = {OUTPUT!r}
CALLS = []

def init():
    print("the model starts", *OUTPUT, sep="\\n", flush=True)

def run(raw_data):
    print("the model is asked", *OUTPUT, sep="\\n", flush=True)
    CALLS.append(1)
    if len(CALLS) > 1:
        raise ValueError("the model fails: " + " | ".join(OUTPUT))
    return {{"the model": "answers", "password": {SECRET!r}, "text": OUTPUT, "half": "\\ud83d"}}
"""
EVERYTHING_LOGGED = {
    "PREFECT_LOGGING_LEVEL": "DEBUG",
    "PREFECT_LOGGING_TO_API_ENABLED": "true",
    "PREFECT_LOGGING_EXTRA_LOGGERS": "azure,tasks,flows",
}


def needles() -> list[bytes]:
    """Return the secrets in every form in which the model writes them, and in which a database would keep them."""
    forms = {SECRET, quote(SECRET, safe=""), json.dumps(SECRET)[1:-1], json.dumps(json.dumps(SECRET))[4:-4]}
    forms |= {base64.b64encode(LABELLED.encode()).decode(), SECRET.rpartition("/")[2], *TOKENS}
    return [*(one.encode() for one in forms), b"no text: \x00", rb"no text: \u0000"]  # nor what PostgreSQL refuses


def kept(prefect: RunningPrefect, bundles: Path) -> dict[str, bytes]:
    """Return everything that the runs left: Prefect's database, its results and home, and the support bundles."""
    database = prefect.database.parent.glob(f"{prefect.database.name}*")
    files = [file for file in (*database, *prefect.home.rglob("*")) if file.is_file()]
    found = {file.name: file.read_bytes() for file in files}
    for file in bundles.rglob("*.zip"):
        with zipfile.ZipFile(file) as archive:
            found |= {f"{file.name}/{name}": archive.read(name) for name in archive.namelist()}
    return found


@pytest.fixture
def leaky(served: Served) -> Served:
    """Give the endpoint a stable deployment, and a candidate, whose script writes secrets wherever it can."""
    (served.folder / "code" / "score.py").write_text(SCORE)
    with connect(served.stage.target) as azure:
        deploy(azure, served.name, served.folder)
    return served


def test_planted_secrets_are_nowhere(
    leaky: Served, intake: Intake, prefect_server: RunningPrefect, tmp_path: Path
) -> None:
    """Neither printed nor in database, logs, artifacts, events, results and bundles; what surrounds them is there."""
    tags = {"stage": "prod", "api-key": SECRET, "note": LABELLED}
    intake.send(intake.event(1, **tags))
    place, bundles = AzureWorkspace.of(leaky.stage.target), tmp_path / "bundles"
    target = place.model_dump(mode="json")
    samples = {"requests": {leaky.name: "[1]"}}
    given = {
        "redeploy": {
            "target": target,
            "endpoint": leaky.name,
            "requests": {"sample": "[1]"},
            "strategy": QUICK,
            "revision": {"kind": "file", "file": str(leaky.folder / "blue-deployment.yml")},
        },
        "diagnostics": {
            "target": target,
            "scope": {"endpoint": leaky.name},
            "samples": samples,
            "second_look_seconds": 0,
            "bundle_folder": str(bundles),
            "expectations": {"depth": "always"},
        },
        "remedy": {"target": target, "endpoint": leaky.name, "samples": samples, "approval_minutes": 1},
        "intake": {
            "target": AzureWorkspace.of(intake.stage.target).model_dump(mode="json"),
            "storage_account": ACCOUNT,
            "queue": intake.queue,
        },
    }
    done = subprocess.run(
        [sys.executable, str(Path(run_planted.__file__))],
        cwd=ROOT,
        env={**os.environ, **prefect_server.variables, "PYTHONPATH": PYTHONPATH, **EVERYTHING_LOGGED},
        input=json.dumps(given).encode(),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        check=False,
        timeout=150,
    )
    printed = done.stdout
    assert printed.splitlines()[-1].startswith(b"Failed "), printed[-3000:].decode()
    places = {"printed": printed, **kept(prefect_server, bundles)}
    together = b"".join(places.values())
    for shown in (b"the model fails", b"answers", b"intake of"):
        assert shown in together
    assert b"the model starts" in together
    assert {name: found for name, text in places.items() if (found := [one for one in needles() if one in text])} == {}
