"""Fetch the logs of an online deployment's containers."""

from __future__ import annotations

from prefect import task
from prefect.logging import get_run_logger

from tasks.clients.connect import Azure
from tasks.domain.azure.endpoint import Endpoint
from tasks.domain.azure.logs import DeploymentLogs, FetchedLogs, tail
from tasks.domain.common.errors import AccessDenied, NotReady
from tasks.domain.common.target import AzureTarget
from tasks.runtime.azure import opened
from tasks.runtime.results import UNCACHED

SHOWN_LINES = 10


@task(task_run_name="fetch logs of {online_deployment}", **UNCACHED)
def fetch_logs(target: AzureTarget, endpoint: Endpoint, online_deployment: str, lines: int = 200) -> FetchedLogs:
    """Fetch the last lines of both containers, and older ones from Log Analytics if these are not all.

    Safe to run again: it only reads.
    """
    with opened(target) as azure:
        tails = azure.logs.containers(endpoint.name, online_deployment, lines=lines)
        fetched = _with_history(azure, endpoint, tails)
    logger = get_run_logger()
    for line in tail(tails.inference_server, SHOWN_LINES).splitlines():
        logger.info("%s | %s", online_deployment, line)
    logger.debug("storage-initializer of %s:\n%s", online_deployment, tails.storage_initializer)
    if fetched.note:
        logger.warning(fetched.note)
    return fetched


def _with_history(azure: Azure, endpoint: Endpoint, tails: DeploymentLogs) -> FetchedLogs:
    if tails.is_complete:
        return FetchedLogs(tails=tails)
    try:
        return FetchedLogs(tails=tails, history=azure.logs.console_history(endpoint, tails.online_deployment))
    except (NotReady, AccessDenied) as error:
        return FetchedLogs(tails=tails, note=f"Earlier log lines are not available: {error}")
