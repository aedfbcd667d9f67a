"""`python -m deployments.local demo`, `up`, `down`, `shell`: the commands of `endpoint-ops`."""

from deployments.cli import app

app()
