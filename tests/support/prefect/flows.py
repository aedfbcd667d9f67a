"""Run flows as a person does who retries them, and look at what became of their steps."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import UUID

from prefect import Flow
from prefect.client.orchestration import get_client
from prefect.client.schemas.objects import FlowRun, State
from prefect.flow_engine import run_flow
from prefect.states import Scheduled


def first_try(flow: Flow[..., Any], parameters: dict[str, Any]) -> State[Any]:
    """Run a flow to its end, whatever that is."""
    state: State[Any] = flow(**parameters, return_state=True)
    return state


def try_again(flow: Flow[..., Any], run_id: UUID, parameters: dict[str, Any]) -> State[Any]:
    """Retry a run as `prefect flow-run retry` does: the same run, scheduled once more."""
    state: State[Any] = run_flow(flow, flow_run=scheduled(run_id), parameters=parameters, return_type="state")
    return state


def scheduled(run_id: UUID) -> FlowRun:
    """The run, in the state that a retry begins with."""
    with get_client(sync_client=True) as client:
        client.set_flow_run_state(run_id, Scheduled(message="retried"), force=True)
        return client.read_flow_run(run_id)


def retried(
    flow: Flow[..., Any], parameters: dict[str, Any], between: Callable[[], object] | None = None
) -> State[Any]:
    """Run a flow that fails, then retry the same run."""
    failed = first_try(flow, parameters)
    assert failed.is_failed(), failed
    if between:
        between()
    return try_again(flow, failed.state_details.flow_run_id, parameters)
