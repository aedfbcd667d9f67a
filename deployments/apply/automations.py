"""The automations: read from files, filled in, and written by name, so that applying again duplicates nothing."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from enum import Enum
from typing import Any, Final

import yaml
from prefect.client.orchestration import PrefectClient
from prefect.events.schemas.automations import Automation, AutomationCore

from deployments.apply.record import AUTOMATION, Record
from deployments.paths import ROOT
from deployments.validation import SettingsError

FOLDER: Final = ROOT / "deployments" / "automations"
PREFIX: Final = AUTOMATION
ENABLED: Final = "enabled"
CONTENT: Final = "content"
_NAMED: Final = re.compile(r"\$\{([^}]+)\}")

Values = Mapping[str, str]


def read_automations(values: Values, *, enabled: Iterable[str], has_notifications: bool) -> list[AutomationCore]:
    """Return every automation of the folder, filled in.

    Args:
        values: The values of ``${...}``.
        enabled: The names of the opt-in automations that are on.
        has_notifications: False leaves out the automations that notify.

    Raises:
        SettingsError: A file names a value that does not exist.
    """
    chosen, found = set(enabled), []
    for where, document in _documents():
        needs, opt_in = document.pop("needs", ""), document.pop("opt_in", "")
        if needs == "notify" and not has_notifications:
            continue
        filled = {**_filled(document, values, where), "enabled": not opt_in or opt_in in chosen}
        found.append(AutomationCore.model_validate(filled))
    return found


def automation_names() -> frozenset[str]:
    """Return the names of all automations of the folder, whatever the settings."""
    return frozenset(str(document["name"]) for _, document in _documents())


def _documents() -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield each automation with the name of its file; a file has one, or a list of several that work together."""
    for file in sorted(FOLDER.glob("*.yaml")):
        document = yaml.safe_load(file.read_text(encoding="utf-8"))
        for one in document.get("automations", [document]):
            yield file.name, one


async def write_automations(
    client: PrefectClient, record: Record, automations: Iterable[AutomationCore]
) -> list[Automation]:
    """Create missing automations, update changed ones, remove obsolete ones; return those that the server has then.

    One that a person switched off, changed or deleted stays as it is. An unchanged automation is not written: Prefect
    gives an updated one a new trigger, which has forgotten the runs that the old one watched, and a run that had just
    lost its worker would never be noticed.
    """
    present = {one.name: one for one in reversed(await client.read_automations()) if one.name.startswith(PREFIX)}
    names = set()
    for automation in automations:
        names.add(automation.name)
        await _write(client, record, present.get(automation.name), automation)
    ours, kept = names | automation_names() | record.last.keys(), set[str]()
    for one in await client.read_automations():
        if one.name in ours and (one.name not in names or one.name in kept):
            await client.delete_automation(one.id)
        kept.add(one.name)
    return [one for one in await client.read_automations() if one.name in names]


async def _write(client: PrefectClient, record: Record, present: Automation | None, wanted: AutomationCore) -> None:
    if present is None and record.stays_removed(wanted.name, _fields(wanted)):
        return
    merged = record.merge(wanted.name, _fields(present) if present else None, _fields(wanted)).values
    if present is None:
        await client.create_automation(wanted)
    elif merged[CONTENT] != _fields(present)[CONTENT]:
        await client.update_automation(present.id, wanted.model_copy(update={ENABLED: merged[ENABLED]}))
    elif merged[ENABLED] != present.enabled:
        await (client.resume_automation if merged[ENABLED] else client.pause_automation)(present.id)


def _fields(automation: AutomationCore) -> dict[str, Any]:
    """Return whether it is on, and all the rest as JSON, in which sets have no order and are sorted here."""
    content = automation.model_dump(exclude={"id", ENABLED})
    return {ENABLED: automation.enabled, CONTENT: _json(content)}


def _json(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {str(name): _json(one) for name, one in value.items()}
    if isinstance(value, set | frozenset):
        return sorted((_json(one) for one in value), key=str)
    if isinstance(value, list | tuple):
        return [_json(one) for one in value]
    if isinstance(value, Enum):
        return value.value
    return value if value is None or isinstance(value, bool | int | float | str) else str(value)


def _filled(document: Any, values: Values, where: str) -> Any:
    if isinstance(document, dict):
        return {name: _filled(one, values, where) for name, one in document.items()}
    if isinstance(document, list):
        return [_filled(one, values, where) for one in document]
    return (
        _NAMED.sub(lambda found: _value(found[1], values, where), document) if isinstance(document, str) else document
    )


def _value(name: str, values: Values, where: str) -> str:
    try:
        return values[name]
    except KeyError:
        raise SettingsError(f"automations/{where} names ${{{name}}}, which does not exist.") from None
