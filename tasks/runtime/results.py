"""Which results of a failed run its retry may trust, so that it goes on from the failed step.

Kept are the results of steps that make something slow or costly: workspace, network, endpoint, online deployment. A
kept result is used only in the same run, for the same inputs and file contents, and while Azure still shows what it
speaks of (`confirm_results` looks). Every other step looks again: checks, uploads (by content, so that a corrected
score.py counts), traffic, scoring, logs and the proof tell of now.
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
    """Makes the content of the file that the step's `spec` names part of the key."""

    def compute_key(
        self, task_ctx: TaskRunContext, inputs: dict[str, Any], flow_parameters: dict[str, Any], **kwargs: Any
    ) -> str:
        """The file's digest."""
        del task_ctx, flow_parameters, kwargs
        return hashlib.sha256(Path(inputs["spec"].file).read_bytes()).hexdigest()


LOOK_AGAIN: Final[dict[str, Any]] = {"persist_result": False, "cache_policy": NO_CACHE, **RETRY_TEMPORARY}

# For what nobody else would do before an hour is over.
LOOK_AGAIN_PATIENTLY: Final[dict[str, Any]] = {**LOOK_AGAIN, **RETRY_PATIENTLY}

# For what repeats its own requests and tells of failures in its result: another try of the step would add nothing.
LOOK_ONCE: Final[dict[str, Any]] = {"persist_result": False, "cache_policy": NO_CACHE}

KEEP: Final[dict[str, Any]] = {
    "persist_result": True,
    "result_serializer": "json",
    "cache_policy": DEFAULT,
    **RETRY_TEMPORARY,
}
KEEP_FOR_FILE: Final[dict[str, Any]] = {**KEEP, "cache_policy": DEFAULT + SpecFile()}


def kept_if(step: Task[P, R], *, confirmed: bool) -> Task[P, R]:
    """The step as it is where its kept result was confirmed, else one that does its work again."""
    return step if confirmed else step.with_options(refresh_cache=True)
