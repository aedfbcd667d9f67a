"""Apply the admission rules to events from Azure, and deliver new ones to Prefect: shared by webhook and queue."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from prefect.client.orchestration import PrefectClient

from tasks.domain.azure.model import ModelRecord, ModelVersion, NewestVersion
from tasks.domain.common.arm_id import WorkspaceId
from tasks.domain.events.admission import AdmissionRules, admission
from tasks.domain.events.prefect_event import PrefectEvent, registered
from tasks.events.model_records import keep_record, read_record
from tasks.events.prefect_events import confirm, known, post

News = ModelVersion | PrefectEvent


@dataclass(frozen=True)
class Delivery:
    """The result of delivering events.

    Attributes:
        sent: The new events, in order.
        ids: The Prefect event id of each delivered or repeated event.
    """

    sent: tuple[PrefectEvent, ...] = ()
    ids: tuple[UUID, ...] = ()

    @property
    def repeated(self) -> int:
        """The number of events that Prefect already had."""
        return len(self.ids) - len(self.sent)


@dataclass
class _Selection:
    """The state of one delivery: the events that Prefect has or will get, and the admitted versions."""

    rules: AdmissionRules
    now: datetime
    taken: set[UUID]
    records: dict[str, ModelRecord]
    chosen: list[PrefectEvent] = field(default_factory=list)

    def add(self, news: News) -> UUID:
        """Select an event unless Prefect already has it, and return its Prefect event id."""
        if isinstance(news, ModelVersion) and news.prefect_id(admitted=True) in self.taken:
            self._note(news)
            return news.prefect_id(admitted=True)
        event = self._judged(news) if isinstance(news, ModelVersion) else news
        if event.id not in self.taken:
            self.taken.add(event.id)
            self.chosen.append(event)
        return event.id

    def _judged(self, version: ModelVersion) -> PrefectEvent:
        newest = self.records[version.workspace.key].newest.get(version.model.lower())
        judged = admission(version, self.rules, newest, self.now)
        if judged.admitted:
            self._note(version)
        return registered(version, judged)

    def _note(self, version: ModelVersion) -> None:
        seen = NewestVersion(version=version.version, time=version.time, admitted=self.now)
        self.records[version.workspace.key] = self.records[version.workspace.key].joined({version.model.lower(): seen})


async def send_new_events(
    client: PrefectClient, news: Sequence[News], rules: AdmissionRules, now: datetime, under_way: Collection[UUID] = ()
) -> Delivery:
    """Send the events that Prefect does not have, without waiting until they are stored.

    Admitted versions are recorded first: a version that must be sent again is then still the newest and admitted.

    Args:
        client: The Prefect client.
        news: The events and model versions to deliver.
        rules: The admission rules.
        now: The current time, for the quiet hours.
        under_way: The ids of events that were sent and may not be stored yet.
    """
    places = {one.workspace.key: one.workspace for one in news if isinstance(one, ModelVersion)}
    before = {key: await read_record(client, place) for key, place in places.items()}
    sorting = _Selection(rules, now, await known(client, _ids(news)) | set(under_way), dict(before))
    ids = tuple([sorting.add(one) for one in news])
    await _keep(client, places.values(), before, sorting.records)
    await post(client, sorting.chosen)
    return Delivery(tuple(sorting.chosen), ids)


async def deliver(client: PrefectClient, news: Sequence[News], rules: AdmissionRules, now: datetime) -> Delivery:
    """Deliver each event to Prefect exactly once, and wait until all are stored.

    Safe to repeat after any failure: events that Prefect has are not sent again.

    Raises:
        EndpointOpsError: When Prefect has not accepted all of them.
    """
    delivery = await send_new_events(client, news, rules, now)
    await confirm(client, {one.id for one in delivery.sent})
    return delivery


def _ids(news: Iterable[News]) -> set[UUID]:
    """Return all Prefect event ids that these may have."""
    found = set[UUID]()
    for one in news:
        if isinstance(one, ModelVersion):
            found |= {one.prefect_id(admitted=True), one.prefect_id(admitted=False)}
        else:
            found.add(one.id)
    return found


async def _keep(
    client: PrefectClient, places: Iterable[WorkspaceId], before: dict[str, ModelRecord], after: dict[str, ModelRecord]
) -> None:
    for place in places:
        if after[place.key] != before[place.key]:
            await keep_record(client, place, after[place.key].newest)
