"""Give callers private access to the workspace: private endpoint, DNS zones, links."""

from __future__ import annotations

from prefect import task
from prefect.logging import get_run_logger

from tasks.domain.azure.networking.private_access import PrivateAccess, PrivateAccessSpec
from tasks.domain.common.target import AzureTarget
from tasks.runtime.azure import opened
from tasks.runtime.results import UNCACHED


@task(task_run_name="connect private network of {target.workspace}", **UNCACHED)
def connect_private_network(target: AzureTarget, spec: PrivateAccessSpec) -> PrivateAccess:
    """Make or adopt the workspace's private endpoint in the spec's network, and wait until it is approved.

    Safe to run again: it first looks at what is there, waits for what is in the making, and changes nothing that others
    made.

    Raises:
        InvalidSpec: When the subnet or the zones are not there.
        AccessDenied: Without a right that this takes, or when the connection was rejected.
        WaitTimedOut: Without an approval of the connection, or a policy that makes it, in time.
    """
    logger = get_run_logger()
    with opened(target) as azure:
        for warning in azure.private_access.check(spec):
            logger.warning(warning)
        found = azure.private_access.connect(spec)
    made = "made by this project" if found.is_ours else "made by others, used as it is"
    logger.info("Private endpoint %s: %s, %s", found.name, found.status, made)
    if found.note:
        logger.warning(found.note)
    return found
