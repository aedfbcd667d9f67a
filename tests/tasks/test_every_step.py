"""What all steps have in common."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Iterator
from typing import Any

import pytest
from prefect import Task

from tasks.runtime.retry import is_temporary

FOLDERS = ("lifecycle", "teardown", "diagnostics", "remedy", "rollout", "events", "runtime")


def all_steps() -> Iterator[tuple[str, Task[..., Any]]]:
    """Every Prefect task that a module of a capability, or of the runtime, defines, with its module's name."""
    for package in FOLDERS:
        folder = importlib.import_module(f"tasks.{package}")
        for module in pkgutil.iter_modules(folder.__path__):
            loaded = importlib.import_module(f"{folder.__name__}.{module.name}")
            for value in vars(loaded).values():
                if isinstance(value, Task) and value.fn.__module__ == loaded.__name__:
                    yield module.name, value


STEPS = dict(all_steps())


def test_each_step_of_the_guide_is_there() -> None:
    """The guide's steps are tasks, each in a module of its own name."""
    guide = {
        "check_inputs",
        "create_resource_group",
        "create_workspace",
        "connect_private_network",
        "connect_storage",
        "prepare_registry",
        "provision_network",
        "create_endpoint",
        "upload_assets",
        "create_online_deployment",
        "set_traffic",
        "invoke_endpoint",
        "fetch_logs",
        "prove_isolation",
        "publish_report",
        "tear_down",
    }
    assert guide <= STEPS.keys()


@pytest.mark.parametrize(("module", "step"), STEPS.items(), ids=STEPS.keys())
def test_a_step(module: str, step: Task[..., Any]) -> None:
    """A step is named as its module, titled, safe to repeat by its own words, and retried by the policy alone."""
    assert step.name == module
    assert isinstance(step.task_run_name, str)
    assert not step.retries or step.retry_condition_fn is is_temporary
    assert step.persist_result is not None
    assert any(word in (step.fn.__doc__ or "") for word in ("Safe to run again", "safe to run again", "only reads"))


@pytest.mark.parametrize(("module", "step"), STEPS.items(), ids=STEPS.keys())
def test_results_are_kept_as_json(module: str, step: Task[..., Any]) -> None:
    """Kept results are JSON, which a person can read and which runs nothing when loaded."""
    if step.persist_result:
        assert step.result_serializer == "json"
