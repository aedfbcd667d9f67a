"""The commands `endpoint-ops demo`, `up`, `down` and `shell`."""
# ruff: noqa: PLC0415 -- each imports what it needs when it runs: --help needs none of it

from __future__ import annotations

from pathlib import Path

from deployments.paths import SAMPLES


def demo(
    *,
    endpoint: Path = SAMPLES / "endpoint.yml",
    online_deployment: Path = SAMPLES / "blue-deployment.yml",
    request: Path = SAMPLES / "sample-request.json",
) -> int:
    """Run Microsoft's guide once on this machine, from nothing to nothing.

    Creates workspace, network, endpoint and online deployment, scores, proves the isolation, and removes all of it.
    Starts an emulator and a Prefect server, and leaves nothing running.

    Exit status: 0 every step succeeded, 1 a step failed, 130 interrupted.

    For example:

        endpoint-ops demo
        endpoint-ops demo --endpoint endpoint.yml --online-deployment blue.yml --request request.json

    Args:
        endpoint: The endpoint's YAML file.
        online_deployment: The online deployment's YAML file.
        request: The file to score with: JSON, or other content, such as a picture.
    """
    from deployments.local.demo import run

    return run(endpoint, online_deployment, request)


def up() -> int:
    """Start the local stack: emulator, Prefect server, worker, and a sample endpoint.

    It runs in the background, with everything deployed. The state is kept in .local for the next start.

    Exit status: 0 ready, 1 failed, 130 interrupted.

    For example:

        endpoint-ops up
    """
    from deployments.local import up as local
    from deployments.local.stack import Folder

    return local.up(Folder())


def down() -> int:
    """Stop the local stack; its state is kept in .local.

    Exit status: 0 stopped or not running, 1 still running after a minute.

    For example:

        endpoint-ops down
    """
    from deployments.local import up as local
    from deployments.local.stack import Folder

    return local.down(Folder())


def shell() -> int:
    """Open a subshell that talks to the local stack.

    `exit` leaves it. Its prompt begins with (emulator). Your own shell keeps its environment.

    Exit status: that of the subshell; 1 when the local stack is not running.

    For example:

        endpoint-ops shell
    """
    from deployments.local.shell import open_shell
    from deployments.local.stack import Folder

    return open_shell(Folder())
