"""What a container runs and how long it may take, read from an online deployment."""

from __future__ import annotations

from typing import Any

import pytest

from deployments.emulator.inference.plan import Plan, ReadinessProbe
from deployments.emulator.state import Resource

CODE = {"codeId": "/codes/c/versions/1", "scoringScript": "score.py"}


def deployment(**properties: Any) -> Resource:
    return Resource("/deployments/blue", {"properties": {"codeConfiguration": CODE, **properties}})


def test_the_order_of_variables_makes_no_difference() -> None:
    """Equal plans have equal keys, and anything else that differs gives another key."""
    first, second = ({"A": "1", "B": "2"}, {"B": "2", "A": "1"})
    same = {Plan.of(deployment(environmentVariables=variables)).key for variables in (first, second)}
    other = {Plan.of(deployment(environmentVariables=first, model=model)).key for model in ("m", "n")}
    assert (len(same), len(same | other)) == (1, 3)


@pytest.mark.parametrize(
    ("model", "folder"),
    [
        ("/subscriptions/s/workspaces/w/models/iris/versions/7", "iris/7"),
        ("azureml://registries/r/models/llama/versions/2", "llama/2"),
        ("azureml://subscriptions/s/datastores/d/paths/some/folder", "model/1"),
    ],
)
def test_the_models_folder_is_its_name_and_version(model: str, folder: str) -> None:
    """A model that has neither gets a plain name."""
    assert Plan.of(deployment(model=model)).model_folder == folder


def test_probes_have_azures_defaults() -> None:
    """10 seconds, every 10 seconds, 30 times: a little over five minutes."""
    patience = ReadinessProbe.of(deployment())
    assert [patience.failed_after(seconds) for seconds in (9, 10, 20, 299, 300)] == [0, 1, 2, 29, 30]
    assert patience.failures == 30


def test_a_probe_of_its_own_is_respected() -> None:
    """Durations as they are on the wire."""
    probe = {"initialDelay": "PT1M", "period": "PT2S", "failureThreshold": 3}
    patience = ReadinessProbe.of(deployment(readinessProbe=probe))
    assert (patience.failed_after(59), patience.failed_after(64), patience.failures) == (0, 3, 3)
