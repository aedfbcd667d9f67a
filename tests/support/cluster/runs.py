"""What the cluster is asked to do: the flows as Prefect deployments, their runs, and what became of these."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import psutil
import yaml
from prefect import Flow, settings
from prefect.client.orchestration import SyncPrefectClient, get_client
from prefect.client.schemas.actions import WorkPoolCreate
from prefect.client.schemas.filters import ArtifactFilter, ArtifactFilterKey, FlowRunFilter, FlowRunFilterId
from prefect.client.schemas.objects import ConcurrencyLimitConfig, ConcurrencyLimitStrategy, FlowRun
from prefect.deployments.runner import EntrypointType
from prefect.events.schemas.automations import AutomationCore
from prefect.settings import temporary_settings
from pydantic_core import to_jsonable_python

from flows.endpoint_lifecycle import endpoint_lifecycle
from flows.endpoint_redeploy import endpoint_redeploy
from flows.scoring_diagnostics import scoring_diagnostics
from support.cluster.flows import waits_for_approval
from support.cluster.stack import FOLDER, Cluster
from support.diagnostics.stage import target_in
from support.emulator.running import RunningEmulator
from support.lifecycle.stage import Job
from support.waiting import until
from tasks.domain.diagnostics.results import Samples
from tasks.domain.diagnostics.scope import Selection
from tasks.runtime.azure_workspace import AzureWorkspace

POOL, OTHER_POOL = "endpoint-ops", "others"
GROUP, WORKSPACES, EACH = "seeded", 2, 75  # the fleet in the emulator
ONE_AT_A_TIME = ConcurrencyLimitConfig(limit=1, collision_strategy=ConcurrencyLimitStrategy.ENQUEUE)


@dataclass(frozen=True)
class Stage:
    """The emulator that the workers call, the cluster, and a client of it."""

    emulator: RunningEmulator
    cluster: Cluster
    client: SyncPrefectClient

    def calm(self) -> None:
        """No faults but 20 ms for each request, so that a diagnosis takes long enough to be disturbed."""
        self.emulator.clear_faults()
        self.emulator.fault(action="delay", seconds=0.02, times=-1)


@contextlib.contextmanager
def client_of(cluster: Cluster) -> Iterator[SyncPrefectClient]:
    """A client of the cluster's proxy; this process's settings lead there, too."""
    mine = {
        settings.PREFECT_API_URL: cluster.client["PREFECT_API_URL"],
        settings.PREFECT_API_AUTH_STRING: cluster.client["PREFECT_API_AUTH_STRING"],
        settings.PREFECT_CLIENT_MAX_RETRIES: 8,
    }
    with temporary_settings(mine), get_client(sync_client=True) as client:
        yield client


def deploy_all(client: SyncPrefectClient) -> None:
    """The pools, the flows on them, and what runs again the runs that lost their worker."""
    template = json.loads((FOLDER.parent / "work_pools" / "process.json").read_text())
    for pool in (POOL, OTHER_POOL):
        client.create_work_pool(WorkPoolCreate(name=pool, type="process", base_job_template=template), overwrite=True)
        deploy(scoring_diagnostics, pool)
    deploy(endpoint_lifecycle, POOL, ONE_AT_A_TIME)
    deploy(endpoint_redeploy, POOL)
    deploy(waits_for_approval, POOL)
    for automation in yaml.safe_load((FOLDER.parent / "automations" / "run_lost_runs_again.yaml").read_text())[
        "automations"
    ]:
        if automation["trigger"]["posture"] == "Proactive":
            automation["trigger"]["within"] = (
                90  # sooner than in use: no heartbeat gets lost here, and starts are quick
            )
        client.create_automation(AutomationCore.model_validate(automation))


def deploy(flow: Flow[..., Any], pool: str, limit: ConcurrencyLimitConfig | None = None) -> None:
    """A flow as a deployment with its pool's name."""
    module = EntrypointType.MODULE_PATH
    flow.to_deployment(pool, work_pool_name=pool, entrypoint_type=module, concurrency_limit=limit).apply()


def run_lifecycle(client: SyncPrefectClient, job: Job) -> UUID:
    """Ask for a lifecycle."""
    return _run(client, endpoint_lifecycle, POOL, job.parameters)


def run_rollout(client: SyncPrefectClient, parameters: dict[str, Any]) -> UUID:
    """Ask for a redeployment."""
    return _run(client, endpoint_redeploy, POOL, parameters)


def run_diagnostics(
    client: SyncPrefectClient, emulator: RunningEmulator, pool: str = POOL, *, group: str = GROUP
) -> UUID:
    """Ask for a diagnosis of the fleet, or of another resource group."""
    asked = {
        "target": AzureWorkspace.of(target_in(emulator, group)),
        "scope": Selection(look_at="resource group"),
        "samples": Samples(requests={"*": '{"data": [[1, 2, 3]]}'}),
        "bundle_folder": "",
    }
    return _run(client, scoring_diagnostics, pool, asked)


def run_approval(client: SyncPrefectClient) -> UUID:
    """Ask for a run that suspends itself until somebody approves."""
    return _run(client, waits_for_approval, POOL, {})


def _run(client: SyncPrefectClient, flow: Flow[..., Any], pool: str, parameters: dict[str, Any]) -> UUID:
    deployment = client.read_deployment_by_name(f"{flow.name}/{pool}")
    given = {name: one for name, one in parameters.items() if one is not None}  # forms leave out what is not given
    plain: dict[str, Any] = to_jsonable_python(given, exclude_none=True)
    return client.create_flow_run_from_deployment(deployment.id, parameters=plain).id


def state_of(client: SyncPrefectClient, run: UUID) -> str:
    """A run's state by name, with its message where it is no good one."""
    state = client.read_flow_run(run).state
    assert state
    return state.name if state.is_completed() or not state.is_final() else f"{state.name}: {state.message}"


def until_completed(client: SyncPrefectClient, runs: Sequence[UUID], seconds: float) -> list[FlowRun]:
    """Wait for runs to complete.

    Raises:
        AssertionError: One ended otherwise, or not in time.
    """

    states: list[str] = []

    def done() -> bool:
        states[:] = [state_of(client, run) for run in runs]
        assert not [state for state in states if ":" in state and not state.startswith("WorkerLost")], states
        return all(state == "Completed" for state in states)

    try:
        until(done, "runs to complete", seconds)
    except AssertionError as error:
        raise AssertionError(f"{error}: {states}") from error
    return [client.read_flow_run(run) for run in runs]


def worker_of(cluster: Cluster, run: UUID) -> str:
    """The worker among whose processes is that of a run; empty if there is none yet."""
    return next((name for name in _workers(cluster) if any(_carrying(cluster.processes[name].pid, run))), "")


def freeze(cluster: Cluster, run: UUID) -> None:
    """Let the processes that carry out a run do nothing any more."""
    for name in _workers(cluster):
        for one in _carrying(cluster.processes[name].pid, run):
            one.suspend()


def _workers(cluster: Cluster) -> list[str]:
    return [name for name in cluster.processes if name.startswith("worker-") and not cluster.processes[name].poll()]


def _carrying(pid: int, run: UUID) -> Iterator[psutil.Process]:
    for one in psutil.Process(pid).children(recursive=True):
        with contextlib.suppress(psutil.NoSuchProcess):
            if one.environ().get("PREFECT__FLOW_RUN_ID") == str(run):
                yield one


def states_of(client: SyncPrefectClient, run: UUID) -> list[str]:
    """The names of all states that a run has been in."""
    return [state.name or "" for state in client.read_flow_run_states(run)]


def kept_steps(client: SyncPrefectClient, run: UUID) -> set[str]:
    """The steps of a run whose results of an earlier try were used."""
    runs = client.read_task_runs(flow_run_filter=FlowRunFilter(id=FlowRunFilterId(any_=[run])))
    return {one.name for one in runs if one.state_name == "Cached"}


def records(client: SyncPrefectClient) -> list[int]:
    """How many endpoints each record of the diagnostics knows."""
    wanted = ArtifactFilter(key=ArtifactFilterKey(like_="scoring-record"))
    return [len(json.loads(str(one.data))["endpoints"]) for one in client.read_artifacts(artifact_filter=wanted)]
