"""Judge what came from Azure by the gates, and hand to Prefect what is new: the one way in for webhook and queue."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from prefect.client.orchestration import PrefectClient

from tasks.domain.happening import Happening, registered
from tasks.domain.model_version import ModelRecord, ModelVersion, SeenVersion
from tasks.domain.rollout_gates import Gates, admission
from tasks.domain.workspace_id import WorkspaceId
from tasks.model_records import keep_record, read_record
from tasks.prefect_events import known, send

News = ModelVersion | Happening


@dataclass(frozen=True)
class Delivery:
    """What became of some news: those that were new, in order, and how many were known."""

    sent: tuple[Happening, ...] = ()
    repeated: int = 0


@dataclass
class _Sorting:
    """News on their way: what Prefect has or gets, and what was admitted."""

    gates: Gates
    now: datetime
    taken: set[UUID]
    records: dict[str, ModelRecord]
    chosen: list[Happening] = field(default_factory=list)

    def add(self, news: News) -> None:
        """Choose it, unless its id is taken already."""
        happening = self._judged(news) if isinstance(news, ModelVersion) else news
        if happening and happening.id not in self.taken:
            self.taken.add(happening.id)
            self.chosen.append(happening)

    def _judged(self, version: ModelVersion) -> Happening | None:
        """As a happening; None for one that was admitted before, whatever the gates say of it now."""
        record = self.records[version.workspace.key]
        model = version.model.lower()
        was_admitted = version.prefect_id(admitted=True) in self.taken
        judged = admission(version, self.gates, record.newest.get(model), self.now)
        if judged.admitted or was_admitted:
            seen = SeenVersion(version=version.version, time=version.time)
            self.records[version.workspace.key] = record.joined({model: seen})
        return None if was_admitted else registered(version, judged)


async def deliver(client: PrefectClient, news: Sequence[News], gates: Gates, now: datetime) -> Delivery:
    """Let Prefect have each of the news once; returns when it has them all.

    May be repeated after any failure: what Prefect has is not sent again.

    Raises:
        EndpointOpsError: When Prefect has not taken all of it.
    """
    versions = [one for one in news if isinstance(one, ModelVersion)]
    places = {one.workspace.key: one.workspace for one in versions}
    before = {key: await read_record(client, place) for key, place in places.items()}
    sorting = _Sorting(gates, now, await known(client, _ids(news)), dict(before))
    for one in news:
        sorting.add(one)
    await send(client, sorting.chosen)
    await _keep(client, places.values(), before, sorting.records)
    return Delivery(tuple(sorting.chosen), len(news) - len(sorting.chosen))


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
