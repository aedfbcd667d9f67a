"""Give uploads private access to the workspace's storage account."""

from __future__ import annotations

from prefect import task
from prefect.logging import get_run_logger

from tasks.domain.azure.networking.private_access import PrivateAccess, PrivateAccessSpec
from tasks.domain.common.target import AzureTarget
from tasks.runtime.azure import opened
from tasks.runtime.results import UNCACHED


@task(task_run_name="connect storage of {target.workspace}", **UNCACHED)
def connect_storage(target: AzureTarget, spec: PrivateAccessSpec) -> PrivateAccess | None:
    """Make or adopt the private endpoint of the workspace's storage account, where that takes no public callers.

    A new workspace with a managed network has an account that is closed to the public: models and code are uploaded
    from inside. Safe to run again: it first looks at what is there, and changes nothing that others made.

    Raises:
        AccessDenied: Without a right that this takes, or when the connection was rejected.
        WaitTimedOut: Without a policy that makes it, in time.
    """
    logger = get_run_logger()
    with opened(target) as azure:
        found = azure.private_access.connect_storage(spec)
    if found is None:
        logger.info("The storage account takes callers from everywhere: it needs no private endpoint")
        return None
    made = "made by this project" if found.is_ours else "made by others, used as it is"
    logger.info("Private endpoint %s of the storage account: %s, %s", found.name, found.status, made)
    if found.note:
        logger.warning(found.note)
    return found
