"""What is new."""

from typing import Any

import pytest
from pydantic import ValidationError

from tasks.domain.rollout.revision import Revision

WORKSPACE = "/subscriptions/s/resourceGroups/g/providers/Microsoft.MachineLearningServices/workspaces/w"
REGISTRY = "azureml://registries/r/models/churn/versions/7"


@pytest.mark.parametrize(
    ("given", "model", "title"),
    [
        ({"model": "azureml:churn:7"}, f"{WORKSPACE}/models/churn/versions/7", "model churn:7"),
        ({"model": "churn", "model_version": "7"}, f"{WORKSPACE}/models/churn/versions/7", "model churn:7"),
        ({"model": "churn", "model_version": 7}, f"{WORKSPACE}/models/churn/versions/7", "model churn:7"),
        ({"model": REGISTRY}, REGISTRY, "model churn/versions/7"),
        (
            {"model": f"{WORKSPACE}/models/churn/versions/7"},
            f"{WORKSPACE}/models/churn/versions/7",
            "model churn/versions/7",
        ),
    ],
)
def test_a_model_version_has_many_spellings(given: dict[str, Any], model: str, title: str) -> None:
    """All mean one id; a version may be a number, as in one of Azure's event schemas."""
    revision = Revision(kind="model", **given)
    assert (revision.model_id(WORKSPACE), revision.title) == (model, title)


@pytest.mark.parametrize(
    "given",
    [
        {"kind": "model"},
        {"kind": "model", "model": "churn"},
        {"kind": "model", "model": "azureml:churn@latest"},
        {"kind": "model", "model": "azureml:churn:7", "model_version": "8"},
        {"kind": "file"},
        {"kind": "file", "file": "green.yml", "model": "churn:7"},
        {"kind": "same_again", "model": "churn:7"},
        {"model_version": "7"},
    ],
)
def test_what_contradicts_itself_is_refused(given: dict[str, Any]) -> None:
    """A kind goes with its own fields, and a model names one version."""
    with pytest.raises(ValidationError):
        Revision(**given)


def test_nothing_new_by_default() -> None:
    """The same again keeps the model."""
    assert (Revision().model_id(WORKSPACE), Revision().title) == ("", "the current version")


def test_a_nameless_models_hash_is_shortened() -> None:
    """A report's title holds it."""
    assert Revision(kind="model", model="2487a27e" * 8, model_version="1").title == "model 2487a27e…:1"
