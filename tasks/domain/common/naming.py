"""Constrained names of Azure's resources; an invalid one is refused with the rule for valid ones."""

from __future__ import annotations

import re
from typing import Annotated, Final

from pydantic import BeforeValidator, Field

_ONLINE_NAME: Final = r"^[A-Za-z][A-Za-z0-9]*(-[A-Za-z0-9]+)*$"
_GUID: Final = r"^[0-9A-Fa-f]{8}(-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}$"
_RESOURCE_GROUP: Final = r"^[-\w.()]*[-\w()]$"
_WORKSPACE: Final = r"^[A-Za-z0-9][A-Za-z0-9_-]*$"


def _refuse(kind: str, rule: str, pattern: str, shortest: int, longest: int) -> BeforeValidator:
    def check(value: object) -> object:
        if isinstance(value, str) and not (shortest <= len(value) <= longest and re.fullmatch(pattern, value)):
            raise ValueError(f"{value!r} is not a valid {kind}: use {rule}.")
        return value

    return BeforeValidator(check)


ONLINE_RULE: Final = "3 to 32 letters, digits and single dashes, starting with a letter, not ending with a dash"

# https://learn.microsoft.com/azure/machine-learning/how-to-manage-quotas
EndpointName = Annotated[
    str,
    Field(pattern=_ONLINE_NAME, min_length=3, max_length=32),
    _refuse("endpoint name", ONLINE_RULE, _ONLINE_NAME, 3, 32),
]

OnlineDeploymentName = Annotated[
    str,
    Field(pattern=_ONLINE_NAME, min_length=3, max_length=32),
    _refuse("online deployment name", ONLINE_RULE, _ONLINE_NAME, 3, 32),
]

Guid = Annotated[str, Field(pattern=_GUID), _refuse("GUID", "32 hexadecimal digits in five groups", _GUID, 36, 36)]

SubscriptionId = Annotated[
    str,
    Field(pattern=_GUID),
    _refuse("subscription id", "the GUID that `az account show` prints", _GUID, 36, 36),
]

ResourceGroupName = Annotated[
    str,
    Field(pattern=_RESOURCE_GROUP, min_length=1, max_length=90),
    _refuse(
        "resource group name",
        "1 to 90 letters, digits, underscores, dashes, dots and parentheses, not ending with a dot",
        _RESOURCE_GROUP,
        1,
        90,
    ),
]

WorkspaceName = Annotated[
    str,
    Field(pattern=_WORKSPACE, min_length=3, max_length=33),
    _refuse(
        "workspace name",
        "3 to 33 letters, digits, dashes and underscores, starting with a letter or digit",
        _WORKSPACE,
        3,
        33,
    ),
]


def _as_location(value: object) -> object:
    return value.replace(" ", "").lower() if isinstance(value, str) else value


# "West Europe" and "westeurope" are the same region.
Location = Annotated[str, Field(pattern=r"^[A-Za-z][A-Za-z0-9 ]+$"), BeforeValidator(_as_location)]


def same_location(one: str, other: str) -> bool:
    """Return whether two spellings mean the same Azure region."""
    return _as_location(one) == _as_location(other)
