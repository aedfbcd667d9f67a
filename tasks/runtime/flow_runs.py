"""Query Prefect about other runs: the status of one, and the runs that redeploy an endpoint."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any, Final, Literal
from uuid import UUID

from prefect.client.orchestration import SyncPrefectClient, get_client
from prefect.client.schemas.filters import (
    FlowFilter,
    FlowFilterName,
    FlowRunFilter,
    FlowRunFilterExpectedStartTime,
    FlowRunFilterState,
    FlowRunFilterStateType,
)
from prefect.client.schemas.objects import StateType
from prefect.client.schemas.sorting import FlowRunSort
from prefect.exceptions import ObjectNotFound
from prefect.runtime import flow_run
from pydantic import ValidationError

from tasks.domain.azure.model import DeployedModel
from tasks.domain.common.target import AzureTarget
from tasks.domain.rollout.revision import ConcurrentRollout, Revision
from tasks.runtime.prefect_api import prefect_errors, short_prefect_timeouts

RunStatus = Literal["over", "under way", "unknown"]

_FLOW: Final = "endpoint-redeploy"
_PAGE: Final = 200  # the server's maximum
_PENDING_STATES: Final = [StateType.SCHEDULED, StateType.PENDING, StateType.RUNNING, StateType.PAUSED]


def run_status(run: str) -> RunStatus:
    """Return whether a run is over, according to Prefect.

    A rescheduled run counts as over: it is idle, and when it starts again, it first checks what it left behind.

    Returns:
        "unknown" when Prefect has no such run: it was deleted, or belongs to another server.

    Raises:
        TemporaryError: When Prefect doesn't answer.
        RequestRefused: When Prefect rejects the request.
    """
    try:
        with short_prefect_timeouts(), get_client(sync_client=True) as client:
            state = client.read_flow_run(UUID(run)).state
    except (ValueError, ObjectNotFound):
        return "unknown"
    return "over" if state and (state.is_final() or state.is_scheduled()) else "under way"


def concurrent_rollouts(target: AzureTarget, endpoint: str) -> tuple[ConcurrentRollout, ...]:
    """Return the other redeployments of an endpoint that are due or in progress."""
    due = FlowRunFilter(
        state=FlowRunFilterState(type=FlowRunFilterStateType(any_=_PENDING_STATES)),
        expected_start_time=FlowRunFilterExpectedStartTime(before_=datetime.now(UTC)),  # type: ignore[arg-type]  # it takes any datetime
    )
    return tuple(one for one in _redeployments(target, endpoint, due) if one.run != flow_run.id)


def has_redeployment(target: AzureTarget, endpoint: str, model: DeployedModel) -> bool:
    """Return whether any run, in whatever state, deploys this model version or a newer one to an endpoint."""
    return any(one.model and one.model.reaches(model) for one in _redeployments(target, endpoint, FlowRunFilter()))


def _redeployments(target: AzureTarget, endpoint: str, matching: FlowRunFilter) -> Iterator[ConcurrentRollout]:
    """Yield the runs that redeploy an endpoint, newest first."""
    flow = FlowFilter(name=FlowFilterName(any_=[_FLOW]))
    newest, offset = FlowRunSort.EXPECTED_START_TIME_DESC, 0
    with prefect_errors(), get_client(sync_client=True) as client:
        while True:
            page = client.read_flow_runs(
                flow_filter=flow, flow_run_filter=matching, sort=newest, limit=_PAGE, offset=offset
            )
            for one in page:
                if _is_about(client, one.parameters, target, endpoint):
                    yield _concurrent_rollout(str(one.id), one.parameters, target)
            offset += len(page)
            if len(page) < _PAGE:
                return


def _is_about(client: SyncPrefectClient, parameters: Mapping[str, Any], target: AzureTarget, endpoint: str) -> bool:
    """Return whether a run's parameters name the endpoint; their target is a workspace or a reference to its block."""
    place = parameters.get("target")
    if str(parameters.get("endpoint", "")).lower() != endpoint.lower() or not isinstance(place, dict):
        return False
    reference = place.get("$ref")
    block = reference.get("block_document_id") if isinstance(reference, dict) else reference
    try:
        values = client.read_block_document(UUID(str(block))).data if block else place
    except (ValueError, ObjectNotFound):
        return False
    names = ("subscription_id", "resource_group", "workspace")
    return all(str(values.get(name, "")).lower() == str(getattr(target, name)).lower() for name in names)


def _concurrent_rollout(run: str, parameters: Mapping[str, Any], target: AzureTarget) -> ConcurrentRollout:
    try:
        revision = Revision.model_validate(parameters.get("revision") or {})
    except ValidationError:
        return ConcurrentRollout(run=run)
    return ConcurrentRollout(run=run, model=DeployedModel.parse(revision.model_id(target.workspace_id)))
