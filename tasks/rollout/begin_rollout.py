"""Begin a rollout: note the way back in the endpoint's tags."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext, suppress
from typing import Final

from prefect import task
from prefect.client.orchestration import get_client
from prefect.concurrency.sync import concurrency
from prefect.exceptions import ObjectAlreadyExists
from prefect.logging import get_run_logger

from tasks.domain.common.errors import OperationInProgress
from tasks.domain.common.target import AzureTarget
from tasks.domain.rollout.report_page import shares_text
from tasks.domain.rollout.state import Rollout
from tasks.runtime.azure import opened
from tasks.runtime.flow_runs import concurrent_rollouts
from tasks.runtime.results import LOOK_AGAIN

_LEASE_SECONDS: Final = 60.0  # renewed while the step runs; what a killed one held is free again after it
_PATIENCE_SECONDS: Final = 600.0


@task(task_run_name="begin rollout of {rollout.color}", **LOOK_AGAIN)
def begin_rollout(target: AzureTarget, rollout: Rollout) -> None:
    """Write the live and mirror traffic, the next color and the run into the endpoint's tags; traffic stays as it is.

    Safe to run again: the same note is left alone. Where other runs are to redeploy the endpoint too, they do this one
    after the other, since Azure would let the last one win; whoever finds another note later changes nothing any more.
    """
    alone = not concurrent_rollouts(target, rollout.endpoint)
    with opened(target) as azure, nullcontext() if alone else _one_at_a_time(target.endpoint_id(rollout.endpoint)):
        azure.rollouts.begin(rollout)
    get_run_logger().info("The way back is noted on %s: %s", rollout.endpoint, shares_text(rollout.live))


@contextmanager
def _one_at_a_time(endpoint_id: str) -> Iterator[None]:
    """Between looking at the tags and writing them nobody else does the same.

    Raises:
        OperationInProgress: When others have been at it for ten minutes.
    """
    digest = hashlib.sha256(endpoint_id.lower().encode()).hexdigest()[:12]
    name = f"azureml-rollout-{endpoint_id.rpartition('/')[2].lower()}-{digest}"
    with get_client(sync_client=True) as client, suppress(ObjectAlreadyExists):  # another run was first to make it
        client.upsert_global_concurrency_limit_by_name(name, limit=1)
    try:
        with concurrency(name, timeout_seconds=_PATIENCE_SECONDS, lease_duration=_LEASE_SECONDS, strict=True):
            yield
    except TimeoutError as error:
        raise OperationInProgress(f"another run is about to begin a rollout: {name}", "Run again.") from error
