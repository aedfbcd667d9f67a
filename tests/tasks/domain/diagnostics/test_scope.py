"""Which endpoints a scope covers, and what it is called."""

from __future__ import annotations

from typing import Any

import pytest

from tasks.domain.diagnostics.scope import Scope

SUBSCRIPTION = "11111111-1111-4111-8111-111111111111"


def scope(**fields: Any) -> Scope:
    return Scope(subscription_id=SUBSCRIPTION, **fields)


@pytest.mark.parametrize(
    ("fields", "title"),
    [
        ({}, f"subscription {SUBSCRIPTION}"),
        ({"resource_group": "ml"}, "resource group ml"),
        ({"resource_group": "ml", "workspace": "churn"}, "workspace ml/churn"),
        ({"workspace": "churn"}, "workspace */churn"),
        ({"resource_group": "ml", "workspace": "churn", "endpoint": "churn-prod"}, "endpoint churn-prod in ml/churn"),
        ({"endpoint": "churn-prod"}, "endpoint churn-prod"),
        ({"resource_group": "ml", "endpoint": "churn-prod"}, "endpoint churn-prod in ml"),
        ({"resource_group": "ml", "include": ("a-*", "b-*")}, "resource group ml, only a-* b-*"),
        ({"resource_group": "ml", "exclude": ("*-test",)}, "resource group ml, without *-test"),
    ],
)
def test_a_scope_has_a_title(fields: dict[str, Any], title: str) -> None:
    """As narrow as it is, for the run's name and the report's head."""
    assert scope(**fields).title == title


@pytest.mark.parametrize(
    ("fields", "covered"),
    [
        ({}, True),
        ({"endpoint": "Churn-Prod"}, True),
        ({"endpoint": "churn-test"}, False),
        ({"include": ("CHURN-*",)}, True),
        ({"include": ("churn/*",)}, True),
        ({"include": ("fraud/*",)}, False),
        ({"exclude": ("*-prod",)}, False),
        ({"include": ("churn-prod",), "exclude": ("churn/*",)}, False),
    ],
)
def test_names_and_patterns_choose(fields: dict[str, Any], covered: bool) -> None:
    """Whatever their case; what is left out wins."""
    assert scope(**fields).covers("churn", "churn-prod") == covered
    assert scope(**fields).is_narrowed == bool(fields)
