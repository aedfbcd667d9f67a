"""Commands can be pasted into a shell, whatever Azure allows in a name."""

from __future__ import annotations

import shlex

import pytest

from tasks.clients.transport.hints import fill_in
from tasks.domain.azure.networking.private_access import link_advice
from tasks.domain.common.commands import argument, split_commands
from tasks.domain.rollout.report import RolloutReport
from tasks.domain.rollout.report_page import report_markdown

GROUP = "team(blue);reboot"


def test_names_in_a_hint_are_arguments() -> None:
    """A group's name may have parentheses, and a hostile message anything."""
    hint = "Delete it: az ml online-deployment delete --name {online_deployment} --resource-group {resource_group}."
    path = f"/subscriptions/1/resourceGroups/{GROUP}/providers/x/workspaces/w/onlineEndpoints/e/deployments/$(id)"
    prose, command, _ = split_commands(fill_in(hint, path))
    assert prose == "Delete it: "
    assert shlex.split(command)[4:] == ["--name", "$(id)", "--resource-group", GROUP]


def test_ids_in_a_command_are_arguments() -> None:
    """Ids have the group's name in them."""
    network = f"/subscriptions/1/resourceGroups/{GROUP}/providers/Microsoft.Network/virtualNetworks/v"
    zone = f"/subscriptions/1/resourceGroups/{GROUP}/providers/Microsoft.Network/privateDnsZones/z.io"
    words = shlex.split(link_advice(zone, network))
    assert words[words.index("--resource-group") + 1] == GROUP
    assert words[words.index("--virtual-network") + 1] == network


@pytest.mark.parametrize("text", ["Run: az group show --name {}; then wait", "Run az group show --name {} (slow)."])
def test_a_quoted_argument_does_not_end_the_command(text: str) -> None:
    """Its parentheses and semicolons are part of it."""
    _, command, _ = split_commands(text.format(argument(GROUP)))
    assert shlex.split(command) == ["az", "group", "show", "--name", GROUP]


def test_no_page_of_a_rollout_renders_what_a_model_wrote() -> None:
    """An image would tell its host who reads the report, and a link would lead them on."""
    evil = "![x](https://evil.example/p.png) [log in](https://evil.example) <img src=x> | a"
    report = RolloutReport(
        outcome="rolled_back",
        endpoint="churn",
        title=evil,
        color="green",
        reason=evil,
        hint=evil,
        restored=evil,
        notes=(evil,),
        decided_by=evil,
    )
    page = report_markdown(report)
    assert "![" not in page.replace("\\!\\[", "")
    assert "[log in]" not in page
    assert "<img" not in page.replace("\\<img", "")
