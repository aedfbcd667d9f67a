"""The automations: read from files, filled in, and written by name, so that applying again duplicates nothing."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final

import yaml
from prefect.client.orchestration import PrefectClient
from prefect.events.schemas.automations import Automation, AutomationCore

from deployments.paths import ROOT
from deployments.validation import SettingsError

FOLDER: Final = ROOT / "deployments" / "automations"
PREFIX: Final = "endpoint-ops: "
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


def _documents() -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield each automation with the name of its file; a file has one, or a list of several that work together."""
    for file in sorted(FOLDER.glob("*.yaml")):
        document = yaml.safe_load(file.read_text(encoding="utf-8"))
        for one in document.get("automations", [document]):
            yield file.name, one


async def write_automations(client: PrefectClient, automations: Iterable[AutomationCore]) -> list[Automation]:
    """Create missing automations, update changed ones, remove obsolete ones; return those that the server has then.

    An unchanged automation is not written: Prefect gives an updated one a new trigger, which has forgotten the runs
    that the old one watched, and a run that had just lost its worker would never be noticed.
    """
    present = {one.name: one for one in reversed(await client.read_automations()) if one.name.startswith(PREFIX)}
    names = set()
    for automation in automations:
        names.add(automation.name)
        if automation.name not in present:
            await client.create_automation(automation)
        elif not _is_same(present[automation.name], automation):
            await client.update_automation(present[automation.name].id, automation)
    kept = set()
    for one in await client.read_automations():
        if one.name.startswith(PREFIX) and (one.name not in names or one.name in kept):
            await client.delete_automation(one.id)
        kept.add(one.name)
    return [one for one in await client.read_automations() if one.name.startswith(PREFIX)]


def _is_same(present: Automation, desired: AutomationCore) -> bool:
    return present.model_dump(exclude={"id"}) == desired.model_dump()  # not as JSON, in which sets have an order


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
