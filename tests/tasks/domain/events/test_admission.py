"""The gates before a redeployment."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from pydantic import ValidationError
from support.events.samples import WORKSPACE

from tasks.domain.azure.model import ModelRecord, ModelVersion, NewestVersion
from tasks.domain.common.arm_id import WorkspaceId
from tasks.domain.events.admission import AdmissionRules, ModelRoute, QuietHours, admission, undecided_versions

NOW = datetime(2026, 7, 1, 12, 0, tzinfo=UTC)
PLACE = WorkspaceId.parse(WORKSPACE)
ROUTE = ModelRoute(model="churn", endpoint="churn-prod", tags={"stage": "prod"})
NIGHT = QuietHours.model_validate({"begin": "18:00", "end": "07:00", "time_zone": "Europe/Stockholm"})


def version(number: int | str = 5, **changes: Any) -> ModelVersion:
    own = {"workspace": PLACE, "model": "churn", "version": str(number), "tags": {"stage": "prod"}, "time": NOW}
    return ModelVersion.model_validate(own | changes)


@pytest.mark.parametrize(
    ("found", "routes", "newest", "now", "why"),
    [
        (version(), (ROUTE,), None, NOW, ""),
        (version(model="Churn"), (ROUTE,), None, NOW, ""),
        (version(), (), None, NOW, "No route"),
        (version(model="other"), (ROUTE,), None, NOW, "No route"),
        (version(), (ROUTE.model_copy(update={"workspace": "ml-other"}),), None, NOW, "No route"),
        (version(), (ROUTE.model_copy(update={"workspace": "ML-Events"}),), None, NOW, ""),
        (version(tags={}), (ROUTE,), None, NOW, "lacks the tag stage=prod"),
        (version(tags={"stage": "dev"}), (ROUTE,), None, NOW, "lacks the tag stage=prod"),
        (version(), (ROUTE,), NewestVersion(version="4"), NOW, ""),
        (version(), (ROUTE,), NewestVersion(version="5"), NOW, ""),
        (version(), (ROUTE,), NewestVersion(version="10"), NOW, "older than 10"),
        (version("b"), (ROUTE,), NewestVersion(version="a"), NOW, ""),
        (version("b"), (ROUTE,), NewestVersion(version="a", time=NOW + timedelta(1)), NOW, "older than a"),
        (version(), (ROUTE,), None, NOW.replace(hour=16), "until 07:00 Europe/Stockholm"),
    ],
)
def test_admission(
    found: ModelVersion, routes: tuple[ModelRoute, ...], newest: NewestVersion | None, now: datetime, why: str
) -> None:
    """Admitted without an objection; else with the reason in a sentence."""
    judged = admission(found, AdmissionRules(routes=routes, quiet_hours=NIGHT), newest, now)
    assert judged.admitted is (not why)
    assert (why or "passes all admission rules of churn-prod") in judged.why
    assert judged.endpoint == ("" if why == "No route" else "churn-prod")


@pytest.mark.parametrize(
    ("hours", "zone", "moment", "quiet"),
    [
        (("18:00", "07:00"), "Europe/Stockholm", "2026-07-01T15:59:00Z", False),
        (("18:00", "07:00"), "Europe/Stockholm", "2026-07-01T16:00:00Z", True),
        (("18:00", "07:00"), "Europe/Stockholm", "2026-12-01T16:30:00Z", False),
        (("18:00", "07:00"), "Europe/Stockholm", "2026-12-01T05:59:00Z", True),
        (("18:00", "07:00"), "Europe/Stockholm", "2026-12-01T06:00:00Z", False),
        (("09:00", "17:00"), "UTC", "2026-12-01T12:00:00Z", True),
        (("09:00", "17:00"), "UTC", "2026-12-01T17:00:00Z", False),
    ],
)
def test_quiet_hours(hours: tuple[str, str], zone: str, moment: str, quiet: bool) -> None:
    """In the zone's own time, in summer and winter, over midnight too; the end is free again."""
    held = QuietHours.model_validate({"begin": hours[0], "end": hours[1], "time_zone": zone})
    assert held.holds(datetime.fromisoformat(moment)) is quiet


def test_quiet_hours_that_cannot_be_are_refused() -> None:
    """An empty time span, or a time zone that is none."""
    for wrong in ({"end": "18:00"}, {"time_zone": "Mars/Base"}):
        with pytest.raises(ValidationError):
            QuietHours.model_validate({"begin": "18:00", "end": "07:00", "time_zone": "UTC"} | wrong)


def test_a_look_begins_with_the_newest_that_may_go() -> None:
    """Of what is newer than the newest admitted; of the rest the recent ones, without those of other models."""
    old = NOW - timedelta(days=30)
    found = [
        version(3, time=old),
        version(9, time=old, tags={}),
        version(4),
        version(6, time=old),
        version(10, tags={}),
        version(7, model="other"),
    ]
    newest = {"churn": NewestVersion(version="3")}
    chosen = undecided_versions(found, AdmissionRules(routes=(ROUTE,)), newest, NOW)
    assert [one.version for one in chosen] == ["6", "10", "4"]


def test_records_are_joined_from_both_sides() -> None:
    """Of two writers' versions the newer one stays, whoever comes first."""
    one, other = {"a": NewestVersion(version="2"), "b": NewestVersion(version="1")}, {"a": NewestVersion(version="10")}
    first = ModelRecord(workspace="w", newest=one).joined(other)
    second = ModelRecord(workspace="w", newest=other).joined(one)
    assert first == second
    assert {name: seen.version for name, seen in first.newest.items()} == {"a": "10", "b": "1"}
