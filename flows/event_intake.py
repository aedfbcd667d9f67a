"""Pulls Azure's events from a storage queue, for networks that allow no inbound calls, and finds lost events."""

from datetime import UTC, datetime
from typing import Annotated, Any, Final

from prefect import flow
from prefect.client.schemas.objects import State
from prefect.states import Completed
from pydantic import Field

from tasks.domain.common.target import AzureTarget
from tasks.domain.events.admission import AdmissionRules
from tasks.domain.events.intake import IntakeReport, as_set_aside, intake_markdown, is_exhausted
from tasks.domain.events.queue_message import QueueName, QueuePlace
from tasks.events.emit_events import emit_events
from tasks.events.find_versions import find_versions
from tasks.events.pull_events import pull_events
from tasks.events.reconcile_versions import reconcile_versions
from tasks.events.reemit_events import reemit_events
from tasks.events.settle_events import settle_events
from tasks.runtime.azure_workspace import AzureWorkspace
from tasks.runtime.model_routes import load_admission_rules
from tasks.runtime.publish_report import publish_report

MAX_MESSAGES: Final = 5000
Account = Annotated[str, Field(pattern=r"^([a-z0-9]{3,24})?$")]
Tries = Annotated[int, Field(ge=1, le=100)]


# Annotations are types here, not text: see endpoint_lifecycle.
@flow(flow_run_name="event intake of {target.workspace}", result_serializer="json")
async def event_intake(  # noqa: PLR0913, PLR0917 -- a flow's parameters are the fields of its form
    target: Annotated[AzureWorkspace, Field(title="Workspace")],
    storage_account: Annotated[Account, Field(title="Storage account")] = "",
    queue: Annotated[QueueName, Field(title="Queue")] = "azureml-events",
    routes: Annotated[str, Field(title="Model routes")] = "main",
    reconcile: Annotated[bool, Field(title="Find lost events")] = False,  # noqa: FBT002 -- likewise
    tries: Annotated[Tries, Field(title="Tries")] = 5,
) -> State[Any]:
    """Emit Azure's events to Prefect, each once: read messages from the queue, emit, and only then delete.

    Safe to run again, to kill at any moment, and to run in parallel: a message that was not deleted is delivered again,
    and recognized. Unreadable messages go to the poison queue after some tries, and into the report.

    Args:
        target: The workspace whose events are read.
        storage_account: The storage account that Event Grid writes to. Empty: no queue is read.
        queue: The queue. Unreadable messages go to the queue of the same name that ends in -poison.
        routes: The Model routes block: which model belongs to which endpoint, and the admission rules. Without such a
            block no model is admitted to redeployment.
        reconcile: Also list the registered versions of the mapped models, and emit the events that were lost; re-emit
            those that were admitted and have led to no flow run of endpoint_redeploy.
        tries: Number of times that an unreadable message is read before it goes to the poison queue.
    """
    place, rules = target.as_target(), await load_admission_rules(routes)
    source = QueuePlace(account=storage_account, name=queue) if storage_account else None
    report = await _pulled(place, source, rules, tries) if source else IntakeReport()
    if reconcile:
        report += await _reconciled(place, rules)
    if report.is_news:
        markdown = intake_markdown(report, source.poison if source else "")
        key = f"event-intake-{place.workspace.lower().replace('_', '-')}"
        publish_report(key=key, markdown=markdown, description=report.message)
    return Completed(message=report.message, data=report)


async def _pulled(place: AzureTarget, source: QueuePlace, rules: AdmissionRules, tries: int) -> IntakeReport:
    report = IntakeReport()
    while report.messages < MAX_MESSAGES and (read := pull_events(place, source)):
        delivery = await emit_events([news for one in read for news in one.news], rules, datetime.now(UTC))
        settle_events(place, source, read, tries)
        report += IntakeReport(
            messages=len(read),
            sent=delivery.sent,
            repeated=delivery.repeated,
            ignored=sum(one.ignored for one in read),
            set_aside=tuple(as_set_aside(one) for one in read if is_exhausted(one, tries)),
            left=tuple(as_set_aside(one) for one in read if one.wrong and not is_exhausted(one, tries)),
        )
    return report


async def _reconciled(place: AzureTarget, rules: AdmissionRules) -> IntakeReport:
    now = datetime.now(UTC)
    registry = find_versions(place, rules)
    delivery = await reconcile_versions(place, registry, rules, now)
    reemitted = await reemit_events(place, registry, rules, now)
    return IntakeReport(sent=delivery.sent, repeated=delivery.repeated, reemitted=reemitted)
