"""The command `endpoint-ops rollout`."""

from __future__ import annotations

from typing import Annotated

from cyclopts import Parameter

from deployments.console import Output, say


def rollout(scenario: str = "good", /, *, output: Annotated[Output, Parameter(alias="-o")] = "table") -> int:
    """Play a redeployment on this machine, with a client that scores throughout.

    Shows the measurements of each step, the decision, and what the client got. Leaves nothing running.

    Exit status: 0 promoted, 1 rolled back, 2 nothing changed, 3 not started, or a call failed that must not fail.

    For example:

        endpoint-ops rollout list
        endpoint-ops rollout slow

    Args:
        scenario: The scenario to play; `list` prints all of them.
        output: The format of the list.
    """
    if scenario == "list":
        from deployments.rollout.view import scenarios_text  # noqa: PLC0415 -- --help needs no Azure packages

        say(scenarios_text(output))
        return 0
    from deployments.rollout.rollout import run  # noqa: PLC0415 -- --help needs no Azure packages

    return run(scenario)
