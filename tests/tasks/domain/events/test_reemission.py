"""Which admitted versions are told again, and when."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from support.events.samples import WORKSPACE

from tasks.domain.azure.model import ModelRegistry, ModelVersion, NewestVersion
from tasks.domain.common.arm_id import WorkspaceId
from tasks.domain.events.admission import AdmissionRules, ModelRoute, QuietHours
from tasks.domain.events.reemission import AdmittedVersion, emission_ids, next_emission, reemitted_event, undeployed

NOW = datetime(2026, 7, 1, 12, 0, tzinfo=UTC)
ROUTE = ModelRoute(model="churn", endpoint="churn-prod", tags={"stage": "prod"})
NOON = QuietHours.model_validate({"begin": "11:00", "end": "13:00", "time_zone": "UTC"})


def version(number: int | str = 5, **changes: Any) -> ModelVersion:
    place = WorkspaceId.parse(WORKSPACE)
    own = {"workspace": place, "model": "churn", "version": str(number), "tags": {"stage": "prod"}, "time": NOW}
    return ModelVersion.model_validate(own | changes)


def seen(number: int | str = 5, minutes: float | None = 60) -> NewestVersion:
    """A version that was admitted so many minutes ago."""
    admitted = None if minutes is None else NOW - timedelta(minutes=minutes)
    return NewestVersion(version=str(number), time=NOW, admitted=admitted)


@pytest.mark.parametrize(
    ("found", "newest", "deployed", "quiet", "chosen"),
    [
        ([version(4), version(5)], seen(), None, None, ["5"]),
        ([version(4), version(5)], seen(), "4", None, ["5"]),
        ([version(5)], seen(), "5", None, []),
        ([version(5)], seen(), "6", None, []),  # somebody deployed a newer one
        ([version(5)], None, None, None, []),  # it was not admitted
        ([version(4)], seen(), None, None, []),  # what was admitted is archived since
        ([version(5, tags={})], seen(), None, None, []),  # it has lost its tag
        ([version(5)], seen(), None, NOON, []),
        ([version(5, model="other")], seen(), None, None, []),
        ([version("b")], seen("b"), "a", None, ["b"]),
    ],
)
def test_what_is_admitted_and_not_deployed(
    found: list[ModelVersion],
    newest: NewestVersion | None,
    deployed: str | None,
    quiet: QuietHours | None,
    chosen: list[str],
) -> None:
    """The last admitted version of a model, while the gates still pass it and its endpoint lacks it."""
    on_endpoint = {"churn": NewestVersion(version=deployed)} if deployed else {}
    registry = ModelRegistry(versions=tuple(found), deployed=on_endpoint)
    rules = AdmissionRules(routes=(ROUTE,), quiet_hours=quiet)
    waiting = undeployed(registry, rules, {"churn": newest} if newest else {}, NOW)
    assert [one.version.version for one in waiting] == chosen


WEEK = 7 * 24 * 60


@pytest.mark.parametrize(
    ("admitted", "sent", "number"),
    [
        (60, {0: 60}, 1),
        (60, {0: 14}, None),  # its event is still on its way
        (60, {0: 60, 1: 14}, None),
        (60, {0: 60, 1: 20}, 2),
        (90, {0: 90, 1: 60, 2: 30}, 3),
        (90, {0: 90, 1: 60, 2: 60, 3: 30}, None),  # three times are enough
        (None, {0: 60}, 1),
        (60, {}, 0),  # whoever admitted it died before its event was sent
        (10, {}, None),
        (None, {}, None),
        (WEEK + 60, {}, None),  # Prefect has forgotten its event
        (WEEK + 60, {1: WEEK - 60}, 2),
    ],
)
def test_when_the_next_telling_is_due(admitted: float | None, sent: dict[int, float], number: int | None) -> None:
    """A quarter of an hour after the last one that Prefect has, three times at most."""
    one = AdmittedVersion(version=version(), seen=seen(minutes=admitted), endpoint="churn-prod")
    ids = emission_ids(one.version)
    times = {ids[index]: NOW - timedelta(minutes=minutes) for index, minutes in sent.items()}
    assert next_emission(one, times, NOW) == number


def test_each_telling_has_an_id_of_its_own() -> None:
    """Made of the first, so that it is the same for whoever tells; the last one asks about the automation."""
    one = AdmittedVersion(version=version(), seen=seen(), endpoint="churn-prod")
    told = [reemitted_event(one, number) for number in range(4)]
    assert told[0].id == version().prefect_id(admitted=True)
    assert tuple(again.id for again in told) == emission_ids(version(time=None, event_id="x"))
    assert len({again.id for again in told}) == 4
    assert all(again.payload["admitted"] and again.resource["azureml.admitted"] == "true" for again in told)
    assert ["is enabled." in again.payload["why"] for again in told] == [False, False, False, True]
