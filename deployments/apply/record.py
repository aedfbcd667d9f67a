"""The record of what was applied last: one Prefect variable, so that any machine can apply the next time.

It holds digests, not values: to know that a person changed a field, the field itself is enough.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from prefect.client.orchestration import PrefectClient
from prefect.client.schemas.actions import VariableCreate, VariableUpdate

from deployments.apply.three_way import Digests, Merged, digests, merge
from deployments.validation import SettingsError

NAME: Final = "endpoint_ops_applied"
AUTOMATION: Final = "endpoint-ops: "
REMOVED: Final = "removed"
SCHEDULE: Final = ": schedule "


@dataclass
class Record:
    """What was applied last, what is applied now, and the fields that were kept.

    Attributes:
        last: The digests of each object's fields; empty before the first time.
        reset: The objects that get their defaults back.
        now: As `last`, to be saved for the next time.
        kept: For each object the fields that a person changed, with the person's value; None for one that was removed.
    """

    last: Mapping[str, Digests] = field(default_factory=dict)
    reset: Collection[str] = ()
    now: dict[str, dict[str, str]] = field(default_factory=dict)
    kept: dict[str, dict[str, Any]] = field(default_factory=dict)

    def stays_removed(self, name: str, wanted: Mapping[str, Any]) -> bool:
        """Return whether a person removed an object that was applied; note that it stays so."""
        if name not in self.last or name in self.reset:
            return False
        self.applied(name, wanted)
        self.kept[name] = {REMOVED: True}
        return True

    def merge(self, name: str, now: Mapping[str, Any] | None, wanted: Mapping[str, Any]) -> Merged:
        """Merge the fields of an object, by its name."""
        merged = merge(self.last.get(name), None if name in self.reset else now, wanted)
        self.applied(name, wanted)
        if merged.kept:
            self.kept[name] = {one: merged.values.get(one) for one in merged.kept}
        return merged

    def applied(self, name: str, wanted: Mapping[str, Any]) -> None:
        """Note the fields of an object as the project wants them."""
        self.now[name] = digests(wanted)


async def read_record(client: PrefectClient) -> dict[str, dict[str, str]]:
    """Return what was applied last; empty where nothing was, or where the variable is gone."""
    found = await client.read_variable_by_name(NAME)
    return dict(found.value) if found and isinstance(found.value, dict) else {}


async def save_record(client: PrefectClient, record: Record) -> None:
    """Save what is applied now."""
    value: dict[str, Any] = dict(record.now)
    if await client.read_variable_by_name(NAME) is None:
        await client.create_variable(VariableCreate(name=NAME, value=value, tags=["endpoint-ops"]))
    else:
        await client.update_variable(VariableUpdate(name=NAME, value=value))


def named(reset: Collection[str], names: Collection[str]) -> frozenset[str]:
    """Return the objects that are to be reset, by their whole names; the last part of a name is enough.

    A deployment is reset with its schedules.

    Raises:
        SettingsError: A name fits no object; lists those there are.
    """
    found = {one: {name for name in names if one in _spellings(name)} for one in reset}
    unknown = [one for one, fitting in found.items() if not fitting]
    if unknown:
        known = "; ".join(sorted(names))
        raise SettingsError(f"--reset: nothing is called {', '.join(unknown)}. The names: {known}.")
    whole = {name for fitting in found.values() for name in fitting}
    return frozenset(name for name in names if name in whole or name.partition(SCHEDULE)[0] in whole)


def _spellings(name: str) -> set[str]:
    return {name, name.rpartition("/")[2], name.removeprefix(AUTOMATION)}
