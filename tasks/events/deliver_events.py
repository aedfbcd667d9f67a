"""Judge what came from Azure by the gates, and hand to Prefect what is new: the one way in for webhook and queue."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from prefect.client.orchestration import PrefectClient

from tasks.domain.azure.model import ModelRecord, ModelVersion, SeenVersion
from tasks.domain.common.arm_id import WorkspaceId
from tasks.domain.events.admission import Gates, admission
from tasks.domain.events.prefect_event import Happening, registered
from tasks.events.model_records import keep_record, read_record
from tasks.events.prefect_events import confirm, known, post

News = ModelVersion | Happening


@dataclass(frozen=True)
class Delivery:
    """What became of some news.

    Attributes:
        sent: Those that were new, in order.
        ids: For each of the news the id under which Prefect has it, or will have it.
    """

    sent: tuple[Happening, ...] = ()
    ids: tuple[UUID, ...] = ()

    @property
    def repeated(self) -> int:
        """How many were known."""
        return len(self.ids) - len(self.sent)


@dataclass
class _Sorting:
    """News on their way: what Prefect has or gets, and what was admitted."""

    gates: Gates
    now: datetime
    taken: set[UUID]
    records: dict[str, ModelRecord]
    chosen: list[Happening] = field(default_factory=list)

    def add(self, news: News) -> UUID:
        """Choose it, unless Prefect has it already; the id that it has there."""
        if isinstance(news, ModelVersion) and news.prefect_id(admitted=True) in self.taken:
            self._note(news)
            return news.prefect_id(admitted=True)
        happening = self._judged(news) if isinstance(news, ModelVersion) else news
        if happening.id not in self.taken:
            self.taken.add(happening.id)
            self.chosen.append(happening)
        return happening.id

    def _judged(self, version: ModelVersion) -> Happening:
        newest = self.records[version.workspace.key].newest.get(version.model.lower())
        judged = admission(version, self.gates, newest, self.now)
        if judged.admitted:
            self._note(version)
        return registered(version, judged)

    def _note(self, version: ModelVersion) -> None:
        seen = SeenVersion(version=version.version, time=version.time, admitted=self.now)
        self.records[version.workspace.key] = self.records[version.workspace.key].joined({version.model.lower(): seen})


async def hand_over(
    client: PrefectClient, news: Sequence[News], gates: Gates, now: datetime, under_way: Collection[UUID] = ()
) -> Delivery:
    """Send what Prefect does not have; it may not have stored it yet.

    What is admitted is noted first: a version that has to be sent again is still the newest then, and passes again.

    Args:
        client: Prefect's.
        news: What came.
        gates: The team's.
        now: For the quiet hours.
        under_way: The ids of what was sent before, and is not stored yet.
    """
    places = {one.workspace.key: one.workspace for one in news if isinstance(one, ModelVersion)}
    before = {key: await read_record(client, place) for key, place in places.items()}
    sorting = _Sorting(gates, now, await known(client, _ids(news)) | set(under_way), dict(before))
    ids = tuple([sorting.add(one) for one in news])
    await _keep(client, places.values(), before, sorting.records)
    await post(client, sorting.chosen)
    return Delivery(tuple(sorting.chosen), ids)


async def deliver(client: PrefectClient, news: Sequence[News], gates: Gates, now: datetime) -> Delivery:
    """Let Prefect have each of the news once; returns when it has them all.

    May be repeated after any failure: what Prefect has is not sent again.

    Raises:
        EndpointOpsError: When Prefect has not taken all of it.
    """
    delivery = await hand_over(client, news, gates, now)
    await confirm(client, {one.id for one in delivery.sent})
    return delivery


def _ids(news: Iterable[News]) -> set[UUID]:
    """All ids under which these may be known."""
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
