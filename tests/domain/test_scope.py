"""Which endpoints are in scope, and which sample is theirs."""

from __future__ import annotations

import pytest
from pydantic import ValidationError

from tasks.domain.diagnoses import Samples
from tasks.domain.scope import Scope

SUBSCRIPTION = "11111111-1111-4111-8111-111111111111"


@pytest.mark.parametrize(
    ("fields", "covered"),
    [
        ({}, True),
        ({"endpoint": "Churn-Prod"}, True),
        ({"endpoint": "other"}, False),
        ({"include": ("churn-*",)}, True),
        ({"include": ("CHURN-*",)}, True),
        ({"include": ("iris-*",)}, False),
        ({"include": ("ws/*",)}, True),
        ({"include": ("other/*",)}, False),
        ({"include": ("iris-*", "ws/churn-*")}, True),
        ({"exclude": ("*-prod",)}, False),
        ({"exclude": ("ws/*",)}, False),
        ({"include": ("churn-prod",), "exclude": ("churn-*",)}, False),
    ],
)
def test_patterns(fields: dict[str, object], covered: object) -> None:
    """Patterns are of endpoint names or of WORKSPACE/ENDPOINT; those that exclude win."""
    assert Scope.model_validate({"subscription_id": SUBSCRIPTION, **fields}).covers("ws", "churn-prod") is covered


def test_the_path_is_as_narrow_as_what_is_given() -> None:
    """A resource group's list is asked where there is one."""
    assert Scope(subscription_id=SUBSCRIPTION).path == f"/subscriptions/{SUBSCRIPTION}"
    group = Scope(subscription_id=SUBSCRIPTION, resource_group="ml", workspace="churn")
    assert group.path.endswith("/resourceGroups/ml")
    assert group.covers_workspace("CHURN")
    assert not group.covers_workspace("other")


def test_a_bad_name_is_refused() -> None:
    """The form says what is wrong before anything runs."""
    with pytest.raises(ValidationError, match="endpoint name"):
        Scope(subscription_id=SUBSCRIPTION, endpoint="-")


def test_the_first_sample_that_fits_is_used() -> None:
    """A name of its own first, then a pattern; none is no call."""
    samples = Samples(requests={"churn-prod": "[1]", "churn-*": "[2]"})
    assert [samples.of(name) for name in ("Churn-Prod", "churn-dev", "iris")] == ["[1]", "[2]", ""]
