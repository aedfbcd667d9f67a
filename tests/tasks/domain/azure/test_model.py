"""Which model version is newer."""

from __future__ import annotations

import pytest

from tasks.domain.azure.model import DeployedModel
from tasks.domain.rollout.revision import ConcurrentRollout, superseded_by

WORKSPACE = "/subscriptions/s/resourceGroups/g/providers/Microsoft.MachineLearningServices/workspaces/w"


def churn(version: str, place: str = WORKSPACE) -> DeployedModel | None:
    return DeployedModel.parse(f"{place}/models/churn/versions/{version}")


def rival(version: str) -> ConcurrentRollout:
    return ConcurrentRollout(run="run-2", model=churn(version))


CASES = [  # asked, live, waiting, why it is needless
    (churn("3"), churn("2"), [], ""),
    (churn("10"), churn("9"), [], ""),
    (churn("3"), churn("3"), [], "churn:3 already serves"),
    (churn("9"), churn("10"), [], "churn:10 serves, which is newer"),
    (churn("3"), churn("2"), [rival("4")], "flow run run-2 will roll out churn:4, which is newer"),
    (churn("3"), churn("2"), [rival("3"), rival("2"), ConcurrentRollout(run="run-3")], ""),
    (churn("3"), churn("9", "azureml://registries/r"), [], ""),  # another model, though of the same name
    (churn("b"), churn("c"), [rival("d")], ""),  # names have no order
    (churn("b"), churn("b"), [], "churn:b already serves"),
    (churn("3"), None, [], ""),
    (None, churn("3"), [rival("4")], ""),
]


@pytest.mark.parametrize(("asked", "live", "rivals", "reason"), CASES)
def test_the_newest_version_wins(
    asked: DeployedModel | None, live: DeployedModel | None, rivals: list[ConcurrentRollout], reason: str
) -> None:
    """Beside what serves and what waits; numbers are compared as numbers."""
    assert superseded_by(asked, live, rivals) == reason


@pytest.mark.parametrize(
    "text", ["", "azureml:churn:3", f"{WORKSPACE}/models/churn", f"{WORKSPACE}/codes/c/versions/1"]
)
def test_what_names_no_version(text: str) -> None:
    """It has no place in any order."""
    assert DeployedModel.parse(text) is None
