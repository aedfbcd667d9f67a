"""`python -m deployments.apply`: the command `endpoint-ops apply`."""

import sys

from deployments.cli import app

app(["apply", *sys.argv[1:]])
