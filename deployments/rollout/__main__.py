"""`python -m deployments.rollout`: the command `endpoint-ops rollout`."""

import sys

from deployments.cli import app

app(["rollout", *sys.argv[1:]])
