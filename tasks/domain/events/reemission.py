"""When an admitted version is told again, since nothing came of its event, and under which ids.

Prefect's server keeps events for its automations in memory: killed after it has stored one, it never acts on it.
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Final

from pydantic import BaseModel, ConfigDict

from tasks.domain.azure.model import ModelRegistry, ModelVersion, Newest, SeenVersion, is_newer
from tasks.domain.events.admission import PREFECT_REMEMBERS, Admission, Gates, admission
from tasks.domain.events.prefect_event import Happening, registered

PATIENCE: Final = timedelta(minutes=15)
MOST: Final = 3


class AdmittedVersion(BaseModel):
    """A version that was admitted, and is not deployed.

    Attributes:
        seen: What is kept of its admission.
        endpoint: Where it belongs.
    """

    model_config = ConfigDict(frozen=True)

    version: ModelVersion
    seen: SeenVersion
    endpoint: str


def undeployed(registry: ModelRegistry, gates: Gates, newest: Newest, now: datetime) -> list[AdmittedVersion]:
    """Of each model the version that was admitted last, if its endpoint does not have it, and the gates pass it now."""
    found = []
    for version in registry.versions:
        seen = newest.get(version.model.lower())
        if seen is None or seen.version != version.version:
            continue
        judged = admission(version, gates, seen, now)
        if judged.admitted and is_newer(version, registry.deployed.get(version.model.lower())):
            found.append(AdmittedVersion(version=version, seen=seen, endpoint=judged.endpoint))
    return found


def tellings(version: ModelVersion) -> tuple[uuid.UUID, ...]:
    """The ids of its event and of each repetition: always the same, so that none of them is there twice."""
    first = version.prefect_id(admitted=True)
    return first, *(uuid.uuid5(first, f"again {number}") for number in range(1, MOST + 1))


def next_telling(one: AdmittedVersion, sent: Mapping[uuid.UUID, datetime], now: datetime) -> int | None:
    """Which telling is due, if nothing came of the last one: 0 is the event itself, where that was never sent.

    Args:
        one: The version.
        sent: When each of its tellings was sent that Prefect has.
        now: For their age.
    """
    told = [number for number, identity in enumerate(tellings(one.version)) if identity in sent]
    last = sent[tellings(one.version)[told[-1]]] if told else one.seen.admitted
    is_forgotten = not told and last is not None and now - last > PREFECT_REMEMBERS
    if last is None or is_forgotten or now - last < PATIENCE:
        return None
    number = told[-1] + 1 if told else 0
    return number if number <= MOST else None


def told_again(one: AdmittedVersion, number: int) -> Happening:
    """The event of a telling."""
    version = one.version
    why = f"Version {version.version} was admitted, and no flow run brings it to {one.endpoint}: "
    why += f"told again, {number} of {MOST} times." if number else "its event was lost."
    why += " Is the automation that redeploys on it switched on?" if number == MOST else ""
    happening = registered(version, Admission(admitted=True, endpoint=one.endpoint, why=why))
    return happening.model_copy(update={"id": tellings(version)[number]})
