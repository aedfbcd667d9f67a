"""Admission rules before a redeployment: a model's endpoint, the tags that it needs, and the quiet hours."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime, time, timedelta
from typing import Annotated, Final, Self
from zoneinfo import ZoneInfo, available_timezones

from pydantic import AfterValidator, BaseModel, Field, model_validator

from tasks.domain.azure.model import AssetName, ModelVersion, NewestVersion, compared, is_newer, newest_first
from tasks.domain.common.naming import EndpointName

PREFECT_EVENT_RETENTION: Final = timedelta(days=7)  # its server keeps events this long by default


def _as_time_zone(value: str) -> str:
    if value not in available_timezones():
        raise ValueError(f"{value!r} is not a valid time zone: write a name such as Europe/Stockholm.")
    return value


TimeZone = Annotated[str, AfterValidator(_as_time_zone)]


class ModelRoute(BaseModel, frozen=True, extra="forbid"):
    """The route of one model: the endpoint that its new versions go to, and the tags that they need."""

    model: AssetName = Field(title="Model", description="The registered model's name.")
    endpoint: EndpointName = Field(title="Endpoint", description="The endpoint that new versions are deployed to.")
    workspace: str = Field(
        default="", title="Workspace", description="The workspace's name. Empty: the model in every workspace."
    )
    tags: dict[str, str] = Field(
        default={}, title="Tags", description="Tags that a version must have, such as stage: prod. Empty: any version."
    )

    def is_for(self, version: ModelVersion) -> bool:
        """Return whether this route applies to a version."""
        named = self.workspace.lower() in ("", version.workspace.workspace.lower())
        return named and self.model.lower() == version.model.lower()


class QuietHours(BaseModel, frozen=True, extra="forbid"):
    """The hours of each day in which no redeployment starts, in a time zone's own time. They may span midnight."""

    begin: time = Field(title="From", description="Such as 18:00.")
    end: time = Field(title="Until", description="Such as 07:00.")
    time_zone: TimeZone = Field(title="Time zone", description="Such as Europe/Stockholm.")

    @model_validator(mode="after")
    def _is_a_part_of_the_day(self) -> Self:
        if self.begin == self.end:
            raise ValueError("quiet hours must begin and end at different times.")
        return self

    def holds(self, moment: datetime) -> bool:
        """Return whether a moment lies in them."""
        now = moment.astimezone(ZoneInfo(self.time_zone)).time()
        if self.begin < self.end:
            return self.begin <= now < self.end
        return now >= self.begin or now < self.end


class AdmissionRules(BaseModel, frozen=True):
    """All admission rules of a team. Without a route nothing is admitted."""

    routes: tuple[ModelRoute, ...] = ()
    quiet_hours: QuietHours | None = None

    def route_of(self, version: ModelVersion) -> ModelRoute | None:
        """Return the first route that applies to a version."""
        return next((one for one in self.routes if one.is_for(version)), None)


class Admission(BaseModel, frozen=True):
    """The decision of the admission rules on a version.

    Attributes:
        endpoint: The endpoint that it goes to; empty where no route applies.
        why: The reason, in one sentence.
    """

    admitted: bool
    endpoint: str = ""
    why: str


def admission(version: ModelVersion, rules: AdmissionRules, newest: NewestVersion | None, now: datetime) -> Admission:
    """Decide whether a redeployment may start for a version.

    Args:
        version: The new version.
        rules: The team's admission rules.
        newest: The newest version of the model that was admitted before.
        now: The current time, for the quiet hours.
    """
    route = rules.route_of(version)
    if route is None:
        return Admission(admitted=False, why=f"No route names an endpoint for the model {version.model}.")
    reason = _objection(version, route, rules, newest, now)
    why = reason or f"Version {version.version} passes all admission rules of {route.endpoint}."
    return Admission(admitted=not reason, endpoint=route.endpoint, why=why)


def _objection(
    version: ModelVersion, route: ModelRoute, rules: AdmissionRules, newest: NewestVersion | None, now: datetime
) -> str:
    lacking = [f"{name}={value}" for name, value in route.tags.items() if version.tags.get(name) != value]
    if lacking:
        return f"Version {version.version} lacks the tag {', '.join(lacking)}."
    if newest and (compared(version, newest) or 0) < 0:
        return f"Version {version.version} is older than {newest.version}, which is already admitted."
    if rules.quiet_hours and rules.quiet_hours.holds(now):
        end = rules.quiet_hours.end.strftime("%H:%M")
        return f"Quiet hours last until {end} {rules.quiet_hours.time_zone}. The next reconcile run admits it."
    return ""


def undecided_versions(
    found: Iterable[ModelVersion], rules: AdmissionRules, newest: Mapping[str, NewestVersion], now: datetime
) -> list[ModelVersion]:
    """Return the versions of a registry that may be new: a route applies to them, and nothing newer was admitted.

    The newest one with its tags comes first, so that it is the one admitted. Of the others only the recent ones are
    returned: Prefect no longer has the events of older ones, and would take them for new.
    """
    routed = [one for one in found if rules.route_of(one) and is_newer(one, newest.get(one.model.lower()))]
    order = newest_first(routed)
    tagged = [one for one in order if _has_tags(one, rules)]
    chosen = {one.model.lower(): one for one in reversed(tagged)}
    recent = [
        one for one in order if one not in chosen.values() and one.time and now - one.time < PREFECT_EVENT_RETENTION
    ]
    return [*chosen.values(), *recent]


def _has_tags(version: ModelVersion, rules: AdmissionRules) -> bool:
    route = rules.route_of(version)
    return route is not None and route.tags.items() <= version.tags.items()
