"""Diagnoses one endpoint, or every endpoint in scope, by the guide's troubleshooting; scheduled nightly."""

from typing import Annotated, Any, Final

from prefect import flow
from prefect.client.schemas.objects import State
from prefect.runtime import flow_run
from prefect.states import Completed, Failed
from pydantic import Field

from flows.diagnostics.run import DiagnosticsRequest, diagnose_scope
from tasks.domain.diagnostics.report import UnhealthyEndpoints
from tasks.domain.diagnostics.results import Samples
from tasks.domain.diagnostics.scope import Selection
from tasks.domain.diagnostics.subject import Expectations
from tasks.runtime.azure_workspace import AzureWorkspace

NO_SAMPLES: Final = Samples()
DEFAULT_EXPECTATIONS: Final = Expectations()
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
    expectations: Annotated[Expectations, Field(title="Expectations")] = DEFAULT_EXPECTATIONS,
    second_look_seconds: Annotated[Seconds, Field(title="Seconds to the recheck")] = 60.0,
    bundle_folder: Annotated[str, Field(title="Folder for support bundles")] = "support-bundles",
) -> State[Any]:
    """Diagnose every endpoint in scope: one verdict each, with the root cause, its evidence and its fix.

    Only reads: nothing in Azure is changed. Safe to run again, and in parallel with other runs.

    The run completes if every endpoint is healthy or degraded, ends as Unhealthy if one is unhealthy, and as Failed if
    one could not be checked; its message names the worst. The page, the table and the JSON are artifacts in any case.

    Args:
        target: The workspace to diagnose; larger scopes start from it.
        scope: The endpoints: one, or all of the workspace, of its resource group, or of its subscription.
        samples: Sample requests to score with. An endpoint without one is not called. They are stored in plain text.
        expectations: The expected state of the endpoints.
        second_look_seconds: Delay before an endpoint whose verdict changed is rechecked. A change is announced only
            if the recheck confirms it.
        bundle_folder: Folder on the worker for support bundles of unhealthy endpoints. Empty: none are written.
    """
    scope_ = scope.around(target.as_target())
    report = await diagnose_scope(DiagnosticsRequest(scope_, samples, expectations, second_look_seconds, bundle_folder))
    if report.is_healthy:
        return Completed(message=report.message, data=report)
    # A state name of its own separates findings from failures: automations notify of a finding once per endpoint.
    name = "Failed" if report.of("unknown") or not report.of("unhealthy") else "Unhealthy"
    return Failed(name=name, message=report.message, data=UnhealthyEndpoints(report.message, report))
