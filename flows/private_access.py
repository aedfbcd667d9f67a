"""Gives callers private access to a workspace that is there: private endpoint, DNS zones, links."""

from typing import Annotated

from prefect import flow
from pydantic import Field

from flows.common.cancellation import warn_if_cancelled
from tasks.domain.azure.networking.private_access import PrivateAccess, PrivateAccessSpec, private_access_markdown
from tasks.lifecycle.connect_private_network import connect_private_network
from tasks.lifecycle.connect_storage import connect_storage
from tasks.runtime.azure_workspace import AzureWorkspace
from tasks.runtime.publish_report import publish_report


# Annotations are types here, not text: see endpoint_lifecycle.
@flow(flow_run_name="private access of {target.workspace}", result_serializer="json")
def private_access(
    target: Annotated[AzureWorkspace, Field(title="Workspace")],
    spec: Annotated[PrivateAccessSpec, Field(title="Private access")],
) -> PrivateAccess:
    """Give callers in your virtual network a private endpoint to the workspace, with DNS names that lead there.

    Safe to run again: what is there is used as it is, and nothing that others made is changed.

    Args:
        target: The workspace, which has to be there.
        spec: The subnet, and who has the private DNS zones.
    """
    place = target.as_target()
    with warn_if_cancelled("The run was cancelled. What it made stays; run it again to finish it.", str):
        found = connect_private_network(place, spec)
        connect_storage(place, spec)
    publish_report(
        key=f"private-access-{place.workspace.lower().replace('_', '-')}",
        markdown=private_access_markdown(place.workspace, found),
        description=f"Private access of {place.workspace}: {found.status}",
    )
    return found
