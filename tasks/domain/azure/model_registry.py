"""The registered versions of some models, and the newest ones that are deployed already."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final

from pydantic import BaseModel, ConfigDict

from tasks.domain.azure.model import ModelVersion, SeenVersion, is_newer

_ID: Final = re.compile(r".*/models/(?P<model>[^/]+)/versions/(?P<version>[^/]+)", re.IGNORECASE)


class ModelRegistry(BaseModel):
    """What a look at a workspace found. `deployed` is by model name in lower case."""

    model_config = ConfigDict(frozen=True)

    versions: tuple[ModelVersion, ...] = ()
    deployed: dict[str, SeenVersion] = {}


def newest_of(model: str, ids: Iterable[str], found: Iterable[ModelVersion]) -> SeenVersion | None:
    """Of the ARM ids of model versions, the newest that is a version of a model; None where there is none."""
    named = [one for text in ids if (one := _ID.fullmatch(text)) and one["model"].lower() == model.lower()]
    times = {one.version.lower(): one.time for one in found if one.model.lower() == model.lower()}
    newest: SeenVersion | None = None
    for one in named:
        seen = SeenVersion(version=one["version"], time=times.get(one["version"].lower()))
        newest = seen if is_newer(seen, newest) else newest
    return newest
