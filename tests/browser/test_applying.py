"""Applying the project to a Prefect server, and the stack's own commands."""

from __future__ import annotations

import os
import signal
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
import requests
from support.local_stack import LocalStack, command
from support.waiting import until

pytestmark = pytest.mark.timeout(240)  # the first of them waits for the stack

DIAGNOSTICS = "scoring-diagnostics/diagnostics"


def counted(stack: LocalStack) -> Counter[str]:
    """How much of everything Prefect has."""
    kinds = ("deployments", "automations", "block_documents", "block_types", "work_pools")
    found: dict[str, list[dict[str, Any]]] = {one: stack.ask("POST", f"/{one}/filter", {}) for one in kinds}
    schedules = sum(len(one["schedules"]) for one in found["deployments"])
    return Counter({**{kind: len(some) for kind, some in found.items()}, "schedules": schedules})


def automations(stack: LocalStack) -> dict[str, str]:
    """When each was changed last."""
    return {one["name"]: one["updated"] for one in stack.ask("POST", "/automations/filter", {})}


def server_of(stack: LocalStack) -> int:
    """The process of the stack's Prefect server."""
    parent = (stack.folder / "lock").read_text()
    children = Path(f"/proc/{parent}/task/{parent}/children").read_text().split()
    return next(int(one) for one in children if b"serve_prefect" in Path(f"/proc/{one}/cmdline").read_bytes())


def test_applying_again_doubles_nothing(local_stack: LocalStack) -> None:
    """As many of everything as before, automations with what they watch untouched; and the next run is scheduled."""
    before, watching = counted(local_stack), automations(local_stack)
    done = local_stack.apply()
    assert done.returncode == 0, done.stderr
    assert "next run    " in done.stdout
    assert counted(local_stack) == before
    assert automations(local_stack) == watching
    assert before["deployments"] >= 5
    assert before["schedules"] >= 1
    assert before["automations"] >= 12


def test_every_form_has_titles_and_a_workspace(local_stack: LocalStack) -> None:
    """Parameters are called by titles, each with a description; the workspace's block is chosen already."""
    for found in local_stack.ask("POST", "/deployments/filter", {}):
        fields = found["parameter_openapi_schema"]["properties"]
        assert [name for name, one in fields.items() if one["title"] == name or not one.get("description")] == []
        assert found["parameters"]["target"]["$ref"]["block_document_id"]
        assert found["description"]
        # A run of redeploy pauses for a person, which Prefect's limits don't survive: its limit is the endpoint's note.
        unlimited = found["name"] == "redeploy" or "only-looks" in found["tags"]
        assert unlimited is not bool(found["global_concurrency_limit"]), found["name"]


def test_every_form_takes_what_it_proposes(local_stack: LocalStack) -> None:
    """Submitted as it opens, a form misses at most what a person has to fill in."""
    for found in local_stack.ask("POST", "/deployments/filter", {}):
        schema = found["parameter_openapi_schema"]
        proposed = {name: one["default"] for name, one in schema["properties"].items() if "default" in one}
        values = {**proposed, **found["parameters"]}
        told = local_stack.ask("POST", "/ui/schemas/validate", {"schema": schema, "values": values})
        missing = set(schema["required"]) - set(values)
        assert {one["property"] for one in told["errors"]} == missing, (found["name"], told)


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"ENDPOINT_OPS_TIME_ZONE": None}, "ENDPOINT_OPS_TIME_ZONE is not set"),
        ({"ENDPOINT_OPS_TIME_ZONE": "Mars/Olympus"}, "is not a valid time zone"),
        ({"ENDPOINT_OPS_NOTIFY": "slack-webhook/nobody"}, "the block slack-webhook/nobody, which does not exist"),
        ({"ENDPOINT_OPS_WORKSPACE": "a b"}, "is not a valid workspace name"),
        ({"ENDPOINT_OPS_SIGN_IN": "client secret", "ENDPOINT_OPS_CLIENT_SECRET": "hush"}, "requires the tenant"),
        ({"PREFECT_API_AUTH_STRING": "admin:wrong"}, "Check PREFECT_API_AUTH_STRING."),
    ],
)
def test_what_cannot_be_right_is_refused(local_stack: LocalStack, changes: dict[str, str | None], told: str) -> None:
    """With the variable's name and what to do; nothing is written, and no secret repeated."""
    before = local_stack.deployment(DIAGNOSTICS)["updated"]
    done = local_stack.apply(**changes)
    assert done.returncode == 1
    assert done.stdout == ""
    assert told in done.stderr
    assert "hush" not in done.stderr
    assert "Traceback" not in done.stderr
    assert local_stack.deployment(DIAGNOSTICS)["updated"] == before


def test_without_a_block_nobody_is_told(local_stack: LocalStack) -> None:
    """none leaves the notifications out, and removes those that were there; the block brings them back."""
    before = counted(local_stack)["automations"]
    assert local_stack.apply(ENDPOINT_OPS_NOTIFY="none").returncode == 0
    left = [one["name"] for one in local_stack.ask("POST", "/automations/filter", {})]
    assert [one for one in left if "tell of" in one] == []
    assert left
    assert local_stack.apply().returncode == 0
    assert counted(local_stack)["automations"] == before


def test_the_server_lets_nobody_in_without_its_password(local_stack: LocalStack) -> None:
    """Neither to its data nor, without a CSRF token, to a change; and it answers on loopback only."""
    with requests.Session() as session:
        session.trust_env = False
        address = f"{local_stack.address}/api"
        assert session.get(f"{address}/deployments/name/{DIAGNOSTICS}", timeout=10).status_code == 401
        user, _, password = local_stack.password.partition(":")
        session.auth = (user, password)
        assert session.get(f"{address}/deployments/name/{DIAGNOSTICS}", timeout=10).status_code == 200
        assert session.post(f"{address}/flow_runs/filter", json={}, timeout=10).status_code == 403
    assert local_stack.address.startswith("http://127.0.0.1:")
    assert (local_stack.folder / "env").stat().st_mode & 0o077 == 0


def test_it_goes_on_where_it_was(local_stack: LocalStack) -> None:
    """A second up changes nothing. Its server killed, all of it ends and says so; up again, all is there and works."""
    address, endpoints = local_stack.address, local_stack.endpoints()
    runs = local_stack.ask("POST", "/flow_runs/count", {})
    again = command(local_stack.folder, "up")
    assert again.returncode == 0
    assert f"{address}/v2/runs" in again.stdout
    os.kill(server_of(local_stack), signal.SIGKILL)
    log = local_stack.folder / "stack.log"
    until(lambda: "the process prefect ended" in log.read_text(), "the stack to end")
    assert not (local_stack.folder / "env").exists()
    assert command(local_stack.folder, "down").stdout == "Nothing is running.\n"
    assert command(local_stack.folder, "up").returncode == 0
    assert local_stack.endpoints() == endpoints
    assert local_stack.ask("POST", "/flow_runs/count", {}) >= runs
    deployment = local_stack.deployment(DIAGNOSTICS)
    made = local_stack.ask("POST", f"/deployments/{deployment['id']}/create_flow_run", {"name": "after-the-restart"})
    assert local_stack.ended_by_id(made["id"])["state_name"] == "Completed"
