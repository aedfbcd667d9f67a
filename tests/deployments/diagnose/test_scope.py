"""The scope of a diagnosis: the forms in which it can be given, and what the surroundings add."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest

from deployments.diagnose.options import Options
from deployments.diagnose.scope import scope_of, talks_to
from tasks.domain.diagnostics.scope import Scope

SUBSCRIPTION = "11111111-1111-4111-8111-111111111111"
NOWHERE = Path("/nowhere")


def scope(options: Options, environment: Mapping[str, str] | None = None) -> Scope:
    return scope_of(options, environment or {"AZURE_SUBSCRIPTION_ID": SUBSCRIPTION}, NOWHERE, NOWHERE)[0]


@pytest.mark.parametrize(
    ("text", "title"),
    [
        ("", f"subscription {SUBSCRIPTION}"),
        ("ml", "resource group ml"),
        ("ml/churn", "workspace ml/churn"),
        ("ml/churn/churn-prod", "endpoint churn-prod in ml/churn"),
        ("*/churn", "workspace */churn"),
        ("*/*/churn-prod", "endpoint churn-prod"),
        ("ml/churn/churn-*", "workspace ml/churn, only churn-*"),
        ("/ml/", "resource group ml"),
    ],
)
def test_a_scope_is_a_path(text: str, title: str) -> None:
    """From the widest to the narrowest; a star stands for any."""
    assert scope(Options(scope=text)).title == title


def test_a_scope_may_be_an_arm_id() -> None:
    """As a portal, a report or an alert shows it; its subscription counts, not the environment's."""
    group = f"/subscriptions/{SUBSCRIPTION}/resourceGroups/ml"
    path = f"{group}/providers/Microsoft.MachineLearningServices/workspaces/churn"
    endpoint_id = f"{path}/onlineEndpoints/churn-prod"
    other = {"AZURE_SUBSCRIPTION_ID": SUBSCRIPTION.replace("1", "2")}
    ids = (endpoint_id, endpoint_id.lower(), path, group)
    found = [scope(Options(scope=one), other) for one in ids]
    assert {one.subscription_id for one in found} == {SUBSCRIPTION}
    endpoint_title = "endpoint churn-prod in ml/churn"
    titles = [endpoint_title, endpoint_title, "workspace ml/churn", "resource group ml"]
    assert [one.title for one in found] == titles
    assert scope(Options(scope=f"/subscriptions/{SUBSCRIPTION}"), other).title == f"subscription {SUBSCRIPTION}"


def test_resolvers_and_the_way_out_come_from_the_environment_or_the_options() -> None:
    """The emulator names its own; against Azure the options do."""
    variables = {
        "AZURE_SUBSCRIPTION_ID": SUBSCRIPTION,
        "EMULATOR_DNS_AZURE": "127.0.0.1:53",
        "EMULATOR_DNS_CUSTOM": "127.0.0.2",
    }
    ours = scope(Options(), variables)
    assert (ours.resolvers.azure, ours.resolvers.custom) == ("127.0.0.1:53", "127.0.0.2")
    theirs = scope(Options(custom_dns="10.0.0.4", internet_proxy="http://proxy:3128"))
    assert (theirs.resolvers.azure, theirs.resolvers.custom) == ("168.63.129.16", "10.0.0.4")
    assert theirs.internet_proxy == "http://proxy:3128"


@pytest.mark.parametrize(
    ("options", "title"),
    [
        (Options(resource_group="ml", workspace="churn", name="churn-prod"), "endpoint churn-prod in ml/churn"),
        (Options(workspace="churn"), "workspace */churn"),
        (Options(resource_group="*"), f"subscription {SUBSCRIPTION}"),
        (Options(resource_group="ml", workspace="churn", name="churn-*"), "workspace ml/churn, only churn-*"),
    ],
)
def test_the_names_may_be_given_as_az_ml_takes_them(options: Options, title: str) -> None:
    """Group, workspace and name, each by its own option."""
    assert scope(options).title == title


@pytest.mark.parametrize(
    ("variables", "cloud", "where"),
    [
        ({}, "public", "on Azure"),
        ({}, "china", "on Azure (china)"),
        ({"HTTPS_PROXY": "http://proxy.example:3128"}, "public", "on Azure"),
        ({"HTTPS_PROXY": "http://127.0.0.1:43455"}, "public", "on Azure"),
        (
            {"HTTPS_PROXY": "http://127.0.0.1:43455", "EMULATOR_CONTROL_URL": "http://127.0.0.1:1"},
            "public",
            "on the emulator at 127.0.0.1:43455",
        ),
        (
            {"HTTPS_PROXY": "http://proxy.example:3128", "EMULATOR_CONTROL_URL": "http://127.0.0.1:1"},
            "public",
            "on Azure",
        ),
    ],
)
def test_it_says_whether_it_talks_to_azure(variables: Mapping[str, str], cloud: str, where: str) -> None:
    """What decides is where requests go, not what else is set."""
    assert talks_to(variables, cloud) == where
