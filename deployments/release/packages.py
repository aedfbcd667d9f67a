"""The packages of an environment, from their own metadata: nothing is asked of any other machine."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from email.message import Message
from importlib.metadata import Distribution, distributions
from typing import Final, cast

PROJECT: Final = "azureml-endpoint-ops"
UNKNOWN: Final = "not declared"
_CLASSIFIER: Final = "License :: "


@dataclass(frozen=True, order=True)
class Package:
    """An installed package.

    Attributes:
        name: In the normal form of the package index.
        license: As the package declares it; an SPDX expression where `is_expression`.
    """

    name: str
    version: str
    license: str
    is_expression: bool = False


def installed(found: Iterable[Distribution] | None = None) -> list[Package]:
    """Return the packages of this environment, by name."""
    return sorted({_package(one) for one in (distributions() if found is None else found)})


def _package(distribution: Distribution) -> Package:
    metadata = cast("Message", distribution.metadata)
    name = re.sub(r"[-_.]+", "-", str(metadata["Name"])).lower()
    expression = metadata.get("License-Expression")
    if expression:
        return Package(name, distribution.version, str(expression), is_expression=True)
    return Package(name, distribution.version, _declared(metadata))


def _declared(metadata: Message) -> str:
    """Return the licence by name; where a package has the whole text in its place, its first line."""
    classifiers = [str(one) for one in metadata.get_all("Classifier", []) if str(one).startswith(_CLASSIFIER)]
    names = [one.rpartition(" :: ")[2] for one in classifiers if one.rpartition(" :: ")[2] != "OSI Approved"]
    text = str(metadata.get("License") or "").strip()
    if text and "\n" not in text and len(text) <= 60:
        return text
    return ", ".join(names) or text.partition("\n")[0].strip()[:60] or UNKNOWN
