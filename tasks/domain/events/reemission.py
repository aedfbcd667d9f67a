"""Re-emit the event of an admitted version that started no flow run.

Prefect's server holds events for its automations in memory: if killed after storing one, it never acts on it.
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Final

from pydantic import BaseModel

from tasks.domain.azure.model import ModelRegistry, ModelVersion, Newest, NewestVersion, is_newer
from tasks.domain.events.admission import PREFECT_EVENT_RETENTION, Admission, AdmissionRules, admission
from tasks.domain.events.prefect_event import PrefectEvent, registered

PATIENCE: Final = timedelta(minutes=15)
MAX_EMISSIONS: Final = 3


class AdmittedVersion(BaseModel, frozen=True):
    """A version that was admitted, and is not deployed.

    Attributes:
        seen: The record of its admission.
        endpoint: The endpoint that it goes to.
    """

    version: ModelVersion
    seen: NewestVersion
    endpoint: str


def undeployed(registry: ModelRegistry, rules: AdmissionRules, newest: Newest, now: datetime) -> list[AdmittedVersion]:
    """Return each model's last admitted version that its endpoint lacks and the admission rules admit now."""
    found = []
    for version in registry.versions:
        seen = newest.get(version.model.lower())
        if seen is None or seen.version != version.version:
            continue
        judged = admission(version, rules, seen, now)
        if judged.admitted and is_newer(version, registry.deployed.get(version.model.lower())):
            found.append(AdmittedVersion(version=version, seen=seen, endpoint=judged.endpoint))
    return found


def emission_ids(version: ModelVersion) -> tuple[uuid.UUID, ...]:
    """Return the ids of its event and of each re-emission: deterministic, so that none exists twice."""
    first = version.prefect_id(admitted=True)
    return first, *(uuid.uuid5(first, f"again {number}") for number in range(1, MAX_EMISSIONS + 1))


def next_emission(one: AdmittedVersion, sent: Mapping[uuid.UUID, datetime], now: datetime) -> int | None:
    """Return the number of the emission due, if the last one had no result: 0 is the event itself, if never sent.

    Args:
        one: The admitted version.
        sent: When each emission that Prefect has was sent, by id.
        now: The current time.
    """
    sent_numbers = [number for number, identity in enumerate(emission_ids(one.version)) if identity in sent]
    last = sent[emission_ids(one.version)[sent_numbers[-1]]] if sent_numbers else one.seen.admitted
    is_forgotten = not sent_numbers and last is not None and now - last > PREFECT_EVENT_RETENTION
    if last is None or is_forgotten or now - last < PATIENCE:
        return None
    number = sent_numbers[-1] + 1 if sent_numbers else 0
    return number if number <= MAX_EMISSIONS else None


def reemitted_event(one: AdmittedVersion, number: int) -> PrefectEvent:
    """Return the event of an emission."""
    version = one.version
    why = f"Version {version.version} was admitted, but no flow run deploys it to {one.endpoint}: "
    why += f"re-emitted, {number} of {MAX_EMISSIONS} times." if number else "its event was lost."
    why += " Check that the automation that redeploys on it is enabled." if number == MAX_EMISSIONS else ""
    event = registered(version, Admission(admitted=True, endpoint=one.endpoint, why=why))
    return event.model_copy(update={"id": emission_ids(version)[number]})
