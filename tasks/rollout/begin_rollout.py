"""Begin a rollout: write its record, with the traffic to roll back to, into the endpoint's tags."""

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
from tasks.runtime.results import UNCACHED

_LEASE_SECONDS: Final = 60.0  # renewed while the step runs; the lease of a killed step expires after it
_LOCK_TIMEOUT_SECONDS: Final = 600.0


@task(task_run_name="begin rollout of {rollout.color}", **UNCACHED)
def begin_rollout(target: AzureTarget, rollout: Rollout) -> None:
    """Write live and mirror traffic, candidate and run into the endpoint's tags; traffic stays unchanged.

    Safe to run again: an equal record stays unchanged. Concurrent redeployments of the endpoint do this one at a time,
    since Azure's last write wins; a run that later finds another run's record changes nothing.
    """
    alone = not concurrent_rollouts(target, rollout.endpoint)
    with opened(target) as azure, nullcontext() if alone else _one_at_a_time(target.endpoint_id(rollout.endpoint)):
        azure.rollouts.begin(rollout)
    get_run_logger().info("Traffic to roll back to, recorded on %s: %s", rollout.endpoint, shares_text(rollout.live))


@contextmanager
def _one_at_a_time(endpoint_id: str) -> Iterator[None]:
    """Serialize reading and writing the tags across all runs.

    Raises:
        OperationInProgress: When other runs hold the lock for ten minutes.
    """
    digest = hashlib.sha256(endpoint_id.lower().encode()).hexdigest()[:12]
    name = f"azureml-rollout-{endpoint_id.rpartition('/')[2].lower()}-{digest}"
    with get_client(sync_client=True) as client, suppress(ObjectAlreadyExists):  # another run has already created it
        client.upsert_global_concurrency_limit_by_name(name, limit=1)
    try:
        with concurrency(name, timeout_seconds=_LOCK_TIMEOUT_SECONDS, lease_duration=_LEASE_SECONDS, strict=True):
            yield
    except TimeoutError as error:
        raise OperationInProgress(f"another run is beginning a rollout: {name}", "Run again.") from error
