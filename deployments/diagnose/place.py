"""Which subscription, group and workspace are meant where the command line does not say."""

from __future__ import annotations

import configparser
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

# From the widest to the narrowest; a subscription belongs to one cloud.
LEVELS: Final = ("subscription", "cloud", "group", "workspace")
_CLOUDS: Final = {"azurecloud": "public", "azureusgovernment": "usgovernment", "azurechinacloud": "china"}

Names = Mapping[str, str]


def completed(given: Names, others: Iterable[tuple[str, Names]]) -> tuple[Names, str]:
    """Return the given names with what they leave open taken from other sources, and which source named what.

    A source that names another subscription says nothing about the groups of this one, and one that names another group
    says nothing about its workspaces.
    """
    found = {level: given[level] for level in LEVELS if given.get(level)}
    origins = {"the command line": list(found)} if found else {}
    for source, other in others:
        for level in LEVELS:
            ours, theirs = found.get(level), other.get(level)
            if ours and theirs and ours.lower() != theirs.lower():
                break
            if theirs and not ours:
                found[level] = theirs
                origins.setdefault(source, []).append(level)
    said = [one for one in found if one != "cloud" and found[one] != "*"]
    shown = ((source, [one for one in levels if one in said]) for source, levels in origins.items())
    return found, "; ".join(f"{_listed(levels)} from {source}" for source, levels in shown if levels)


def _listed(names: Sequence[str]) -> str:
    *first, last = names
    return f"{', '.join(first)} and {last}" if first else last


def surroundings(environment: Mapping[str, str], folder: Path, home: Path) -> Iterator[tuple[str, Names]]:
    """Yield the names in the environment, in the nearest .azureml/config.json and in the az CLI's files, in this order.

    Raises:
        ValueError: A file is not valid.
    """
    yield "AZURE_SUBSCRIPTION_ID", {"subscription": environment.get("AZURE_SUBSCRIPTION_ID", "")}
    variables = ("SUBSCRIPTION_ID", "CLOUD", "RESOURCE_GROUP", "WORKSPACE")
    named = (environment.get(f"ENDPOINT_OPS_{one}", "") for one in variables)
    yield "ENDPOINT_OPS_*", dict(zip(LEVELS, named, strict=True))
    file = next((one for up in (folder, *folder.parents) if (one := up / ".azureml" / "config.json").is_file()), None)
    if file:
        keys = {"subscription": "subscription_id", "group": "resource_group", "workspace": "workspace_name"}
        found = _json(file)
        yield str(file), {level: str(found.get(key) or "") for level, key in keys.items()}
    yield "the az CLI", _of_az(Path(environment.get("AZURE_CONFIG_DIR") or home / ".azure"))


def _of_az(folder: Path) -> Names:
    """Return the az CLI's defaults and its current subscription."""
    config = configparser.ConfigParser(interpolation=None)
    try:
        config.read(folder / "config", encoding="utf-8-sig")
    except (configparser.Error, UnicodeDecodeError) as error:
        raise ValueError(f"{folder / 'config'} is not valid: {str(error).splitlines()[0]}. Correct it.") from error
    profile = folder / "azureProfile.json"
    known = _json(profile).get("subscriptions") or () if profile.is_file() else ()
    current: dict[str, Any] = next((one for one in known if one.get("isDefault")), {})
    return {
        "subscription": str(current.get("id", "")),
        "cloud": _CLOUDS.get(str(current.get("environmentName")).lower(), ""),
        "group": config.get("defaults", "group", fallback=""),
        "workspace": config.get("defaults", "workspace", fallback=""),
    }


def _json(file: Path) -> dict[str, Any]:
    try:
        found = json.loads(file.read_text(encoding="utf-8-sig"))  # az begins azureProfile.json with a byte order mark
    except ValueError as error:
        raise ValueError(f"{file} is not valid JSON: {error}. Correct or remove it.") from error
    return found if isinstance(found, dict) else {}
