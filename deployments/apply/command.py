"""The command `endpoint-ops apply`."""

from __future__ import annotations


def apply(*, reset: tuple[str, ...] = ()) -> int:
    """Write deployments, schedule, blocks and automations to your Prefect server.

    The variables ENDPOINT_OPS_* say what is written; deployments/settings.env.example lists them. PREFECT_API_URL and
    PREFECT_API_AUTH_STRING name the server. Safe to run again: each object is written by its name. What a person
    changed since it was applied is kept, with a line that says so.

    Exit status: 0 applied, 1 not applied.

    For example:

        set -a; . deployments/settings.env; set +a; endpoint-ops apply

    Args:
        reset: The name of a deployment, schedule, automation or work pool that gets its default back; repeatable.
    """
    from deployments.apply.apply import main  # noqa: PLC0415 -- importing Prefect takes seconds; --help needs none

    return main(reset)
