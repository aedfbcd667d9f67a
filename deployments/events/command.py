"""The command `endpoint-ops events`."""

from __future__ import annotations

from cyclopts import App

app = App(name="events", help="Forward Azure's events to Prefect.")


@app.command
def serve(*, host: str = "127.0.0.1", port: int = 8080) -> int:
    """Accept events from Event Grid over HTTP, and emit them as Prefect events.

    The variables ENDPOINT_OPS_EVENTS_* say which workspaces and callers are accepted; deployments/events/README.md
    lists them. PREFECT_API_URL and PREFECT_API_AUTH_STRING name the server. Ends on SIGTERM.

    Exit status: 0 ended on request, 1 the deliveries ended by themselves, 2 a setting is missing or not valid.

    For example:

        endpoint-ops events serve --port 8080

    Args:
        host: The address to bind.
        port: The port to bind; 0 takes a free port and prints it.
    """
    from deployments.events.service import start  # noqa: PLC0415 -- importing Prefect takes seconds; --help needs none

    return start(host, port)
