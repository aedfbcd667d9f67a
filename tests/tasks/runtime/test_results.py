"""Which results of a failed run its retry may trust."""

from __future__ import annotations

from pathlib import Path

import pytest
from prefect import flow, task
from prefect.client.schemas.objects import State
from support.prefect.flows import retried

from tasks.domain.azure.endpoint import Endpoint, EndpointSpec
from tasks.runtime.results import CACHED, CACHED_BY_FILE, UNCACHED, cached_if

ENDPOINT = Endpoint(id="/e", name="churn", location="westeurope", provisioning_state="Succeeded", traffic={"blue": 100})


class Counted:
    """Steps that count their runs, and a flow that fails the first time."""

    def __init__(self) -> None:
        self.runs: list[str] = []
        self.confirmed = True

    def note(self, name: str) -> Endpoint:
        self.runs.append(name)
        return ENDPOINT


@pytest.fixture
def counted(prefect_server: object) -> Counted:
    return Counted()


def first_and_retried(counted: Counted, spec: EndpointSpec, between: object = None) -> list[State[Endpoint]]:
    @task(**CACHED)
    def kept(value: str) -> Endpoint:
        return counted.note(f"kept {value}")

    @task(**CACHED_BY_FILE)
    def kept_for_file(spec: EndpointSpec) -> Endpoint:
        return counted.note("kept for file")

    @task(**UNCACHED)
    def looks() -> Endpoint:
        return counted.note("looks")

    states: list[State[Endpoint]] = []

    @flow
    def fails_first() -> None:
        states[:] = [
            cached_if(kept, confirmed=counted.confirmed)("a", return_state=True),
            kept_for_file(spec, return_state=True),
            looks(return_state=True),
        ]
        if counted.runs.count("looks") == 1:
            raise RuntimeError("the first try fails")

    retried(fails_first, {}, between=between)
    return states


@pytest.fixture
def spec(tmp_path: Path) -> EndpointSpec:
    file = tmp_path / "endpoint.yml"
    file.write_text("name: churn\n")
    return EndpointSpec(name="churn", file=str(file))


def test_a_kept_result_is_not_made_again(counted: Counted, spec: EndpointSpec) -> None:
    """On a retry, finished steps are Cached with an equal value; steps that look, look again."""
    states = first_and_retried(counted, spec)
    assert counted.runs == ["kept a", "kept for file", "looks", "looks"]
    assert [state.name for state in states] == ["Cached", "Cached", "Completed"]
    assert states[0].result() == ENDPOINT


def test_an_edited_file_is_not_passed_over(counted: Counted, spec: EndpointSpec) -> None:
    """A step whose YAML file was corrected runs again."""
    first_and_retried(counted, spec, between=lambda: Path(spec.file).write_text("name: churn\nauth_mode: key\n"))
    assert counted.runs.count("kept for file") == 2
    assert counted.runs.count("kept a") == 1


def test_an_unconfirmed_result_is_not_trusted(counted: Counted, spec: EndpointSpec) -> None:
    """Where Azure no longer shows what was made, the step makes it again."""
    counted.confirmed = False
    first_and_retried(counted, spec)
    assert counted.runs.count("kept a") == 2


def test_another_run_starts_anew(counted: Counted, spec: EndpointSpec) -> None:
    """Kept results belong to one run: the next one asks Azure."""
    first_and_retried(counted, spec)
    counted.runs.clear()
    first_and_retried(counted, spec)
    assert counted.runs.count("kept a") == 1
