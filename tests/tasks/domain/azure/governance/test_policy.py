"""Which policies would deny what the flows create: only what is certain counts."""

from __future__ import annotations

from typing import Any

import pytest

from tasks.domain.azure.governance.policy import Policy, demands, policy_advice

TAG = "[concat('tags[', parameters('tagName'), ']')]"
WITHOUT = {"field": TAG, "exists": "false"}
IS_GROUP = {"field": "type", "equals": "Microsoft.Resources/subscriptions/resourceGroups"}
IS_STORAGE = {"field": "type", "equals": "Microsoft.Storage/storageAccounts"}
COST = {"tagName": "costCenter"}


def policy(condition: Any, effect: str = "deny", mode: str = "Indexed", **more: Any) -> Policy:
    """An assigned policy."""
    rule = {"if": condition, "then": {"effect": effect, **more.pop("then", {})}}
    return Policy(title="Costs", assignment_id=f"/p/{effect}", mode=mode, rule=rule, parameters={**COST, **more})


def wanted(*policies: Policy, new_group: bool = False, **tags: str) -> list[dict[str, str]]:
    """The tags that policies demand."""
    return [one.tags for one in demands(policies, "westeurope", tags, new_group=new_group)]


VALUED = {"not": {"field": TAG, "equals": "[parameters('tagValue')]"}}
PLACES = {
    "allOf": [{"field": "location", "notIn": "[parameters('places')]"}, {"field": "location", "notEquals": "global"}]
}


@pytest.mark.parametrize(
    ("found", "expected"),
    [
        (wanted(policy(WITHOUT)), [{"costCenter": ""}]),
        (wanted(policy(WITHOUT), costcenter="42"), []),
        (wanted(policy(WITHOUT, "[parameters('effect')]", effect_="x")), []),
        (wanted(policy(VALUED, tagValue="42"), costCenter="7"), [{"costCenter": "42"}]),
        (wanted(policy(VALUED, tagValue="42"), costCenter="42"), []),
        (wanted(policy(WITHOUT, "audit")), []),
        (wanted(policy({"allOf": [IS_GROUP, WITHOUT]}, mode="All")), []),
        (wanted(policy({"allOf": [IS_GROUP, WITHOUT]}, mode="All"), new_group=True), [{"costCenter": ""}]),
        (wanted(policy({"allOf": [IS_STORAGE, WITHOUT]})), [{"costCenter": ""}]),
        (wanted(policy({"allOf": [{"field": "Microsoft.Storage/x", "equals": "y"}, WITHOUT]})), []),
        (wanted(policy({"anyOf": [{"value": "[utcNow()]", "less": "2020"}, WITHOUT]})), [{"costCenter": ""}]),
        (wanted(policy({"field": "location", "equals": "[resourceGroup().location]"})), []),
        (wanted(policy(PLACES, places=["northeurope"])), [{}]),
        (wanted(policy(PLACES, places=["WestEurope"])), []),
    ],
)
def test_demands(found: list[dict[str, str]], expected: list[dict[str, str]]) -> None:
    """Tags and places are known beforehand; other conditions are not, and refuse nothing."""
    assert found == expected


def test_a_tag_that_another_policy_adds_is_not_asked_for() -> None:
    """An inherited tag is there before the denying policy is asked."""
    change = {"operation": "addOrReplace", "field": TAG, "value": "[resourceGroup().tags[parameters('tagName')]]"}
    adds = policy(WITHOUT, "modify", then={"details": {"operations": [change]}})
    assert wanted(policy(WITHOUT), adds) == []


def test_a_demand_is_a_sentence() -> None:
    """It names the policy, the tag with its value, and what is denied first."""
    (one,) = demands([policy(VALUED, tagValue="42")], "westeurope", {}, new_group=False)
    assert str(one) == ("the policy 'Costs' demands the tag costCenter=42 (first: Microsoft.Storage/storageAccounts)")


def test_advice_without_azures_usual_form_is_empty() -> None:
    """Nothing is made up."""
    assert not policy_advice("Policy p forbids storage.", "{}")
