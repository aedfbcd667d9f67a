"""Walks the guide's troubleshooting for one endpoint, or for every endpoint in scope; scheduled nightly."""

from typing import Annotated, Any, Final

from prefect import flow
from prefect.client.schemas.objects import State
from prefect.runtime import flow_run
from prefect.states import Completed, Failed
from pydantic import Field

from flows.diagnostics.run import Asked, diagnose_scope
from tasks.azure_workspace import AzureWorkspace
from tasks.domain.diagnoses import Samples
from tasks.domain.diagnostics_report import NotWell
from tasks.domain.scope import Selection
from tasks.domain.subject import Expectations

NO_SAMPLES: Final = Samples()
USUAL: Final = Expectations()
WORKSPACE: Final = Selection()
Seconds = Annotated[float, Field(ge=0, le=3600)]


def _name() -> str:
    target, scope = flow_run.parameters["target"], flow_run.parameters.get("scope", WORKSPACE)
    return f"diagnostics {scope.around(target.as_target()).title}"


# Annotations are types here, not text: see endpoint_lifecycle.
@flow(flow_run_name=_name, result_serializer="json")
async def scoring_diagnostics(  # noqa: PLR0913, PLR0917 -- a flow's parameters are the fields of its form
    target: Annotated[AzureWorkspace, Field(title="Workspace")],
    scope: Annotated[Selection, Field(title="Scope")] = WORKSPACE,
    samples: Annotated[Samples, Field(title="Sample requests")] = NO_SAMPLES,
    expectations: Annotated[Expectations, Field(title="Expectations")] = USUAL,
    second_look_seconds: Annotated[Seconds, Field(title="Seconds to the second look")] = 60.0,
    bundle_folder: Annotated[str, Field(title="Folder for support bundles")] = "support-bundles",
) -> State[Any]:
    """Diagnose every endpoint in scope: one verdict each, with the root cause, its evidence and its fix.

    Only looks: nothing in Azure is changed. Safe to run again, and side by side with other runs.

    The run completes when all is well or degraded, ends as Unhealthy when an endpoint is, and as Failed when one could
    not be looked at; its message names the worst. The page, the table and the JSON are artifacts either way.

    Args:
        target: The workspace to look at, or to start from.
        scope: Which endpoints: one, those of the workspace, of its resource group, or of its subscription.
        samples: Sample requests to score with. An endpoint without one is not called. They are stored openly.
        expectations: What is expected of the endpoints.
        second_look_seconds: How long to wait before an endpoint is looked at again whose verdict changed. Only what
            both looks agree on is announced.
        bundle_folder: Where the worker writes support bundles of unhealthy endpoints. Empty: none are written.
    """
    asked = Asked(scope.around(target.as_target()), samples, expectations, second_look_seconds, bundle_folder)
    report = await diagnose_scope(asked)
    if report.is_well:
        return Completed(message=report.message, data=report)
    # A name of its own tells what was found from what failed: automations page for the first by endpoint, and once.
    name = "Failed" if report.of("unknown") or not report.of("unhealthy") else "Unhealthy"
    return Failed(name=name, message=report.message, data=NotWell(report.message, report))
