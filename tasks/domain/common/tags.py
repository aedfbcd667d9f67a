"""Tags of a team's own, for everything that the flows create.

Limits: learn.microsoft.com/azure/azure-resource-manager/management/tag-resources. The same tags are put on every
resource, so the narrowest limit of any type counts: 15 tags on a private DNS zone, two of them the ownership tags, and
names of 128 characters on a storage account.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Annotated, Final

from pydantic import AfterValidator

MAXIMUM: Final = 13
_NAME_CHARS: Final = 128
_VALUE_CHARS: Final = 256
_FORBIDDEN: Final = re.compile(r"[<>%&\\?/\x00-\x1f\x7f]")
_RESERVED: Final = re.compile(r"(?i)(microsoft|azure|windows).*")
_OURS: Final = re.compile(r"(?i)managed-by|azureml-endpoint-ops.*")


def _check(tags: dict[str, str]) -> dict[str, str]:
    if len(tags) > MAXIMUM:
        raise ValueError(
            f"{len(tags)} tags are too many: a private DNS zone takes {MAXIMUM} besides the ownership tags."
        )
    seen = {name.lower() for name in tags}
    if len(seen) < len(tags):
        raise ValueError("two tag names differ only in case, which Azure does not distinguish.")
    for name, value in tags.items():
        if problem := _problem(name, value):
            raise ValueError(f"the tag {name!r} is not valid: {problem}.")
    return tags


def _problem(name: str, value: str) -> str:
    if _OURS.fullmatch(name):
        return "the flows set this name themselves"
    if _RESERVED.fullmatch(name):
        return "names that begin with microsoft, azure or windows are reserved"
    if not name.strip() or len(name) > _NAME_CHARS:
        return f"a name has 1 to {_NAME_CHARS} characters"
    if _FORBIDDEN.search(name):
        return r"a name has none of < > % & \ ? / and no control characters"
    return f"a value has up to {_VALUE_CHARS} characters" if len(value) > _VALUE_CHARS else ""


NO_TAGS: Final[Mapping[str, str]] = {}
Tags = Annotated[dict[str, str], AfterValidator(_check)]
