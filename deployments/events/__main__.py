"""`python -m deployments.events`: the command `endpoint-ops events serve`."""

import sys

from deployments.cli import app

app(["events", "serve", *sys.argv[1:]])
