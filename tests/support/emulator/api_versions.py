"""An api-version for requests whose version is of no interest."""

from __future__ import annotations

from deployments.emulator.services.resources.api_versions import VERSIONS
from deployments.emulator.state import type_of

PREFERRED = ("2024-10-01-preview", "2021-04-01")


def version_of(path: str) -> str:
    """An api-version that the resource provider behind a path takes."""
    if path.rstrip("/").count("/") == 2:  # a subscription itself
        return "2022-12-01"
    namespace, separator, _ = type_of(path.partition("?")[0]).lower().partition("/")
    known = VERSIONS[namespace if separator and namespace in VERSIONS else "microsoft.resources"].split()
    return next((one for one in PREFERRED if one in known), known[-1])
