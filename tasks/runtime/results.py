"""Result persistence of steps: which results a retry of a failed run reuses, to resume from the failed step.

Results of slow or costly steps are kept: workspace, network, endpoint, online deployment. A kept result is used only in
the same run, for the same inputs and file contents, and while the resource still exists (see `confirm_results`). Every
other step runs again: checks, uploads (by content, so that a corrected score.py is deployed), traffic, scoring, logs
and the isolation proof.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, ParamSpec, TypeVar

from prefect import Task
from prefect.cache_policies import DEFAULT, NO_CACHE, CachePolicy
from prefect.context import TaskRunContext

from tasks.runtime.retry import RETRY_PATIENTLY, RETRY_TEMPORARY

P = ParamSpec("P")
R = TypeVar("R")


@dataclass
class SpecFile(CachePolicy):
    """Adds the content of the file that the step's `spec` names to the cache key."""

    def compute_key(
        self, task_ctx: TaskRunContext, inputs: dict[str, Any], flow_parameters: dict[str, Any], **kwargs: Any
    ) -> str:
        """Return the file's digest."""
        del task_ctx, flow_parameters, kwargs
        return hashlib.sha256(Path(inputs["spec"].file).read_bytes()).hexdigest()


UNCACHED: Final[dict[str, Any]] = {"persist_result": False, "cache_policy": NO_CACHE, **RETRY_TEMPORARY}

# For steps that no other run would do within the next hour.
UNCACHED_PATIENT: Final[dict[str, Any]] = {**UNCACHED, **RETRY_PATIENTLY}

# For steps that retry their own requests and report failures in their result: a retry of the step would add nothing.
UNCACHED_NO_RETRY: Final[dict[str, Any]] = {"persist_result": False, "cache_policy": NO_CACHE}

CACHED: Final[dict[str, Any]] = {
    "persist_result": True,
    "result_serializer": "json",
    "cache_policy": DEFAULT,
    **RETRY_TEMPORARY,
}
CACHED_BY_FILE: Final[dict[str, Any]] = {**CACHED, "cache_policy": DEFAULT + SpecFile()}


def cached_if(step: Task[P, R], *, confirmed: bool) -> Task[P, R]:
    """Return the step unchanged if its kept result was confirmed, else one that ignores the result and runs again."""
    return step if confirmed else step.with_options(refresh_cache=True)
