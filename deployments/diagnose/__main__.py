"""`python -m deployments.diagnose`: the command `endpoint-ops diagnose`."""

import sys

from deployments.cli import app

app(["diagnose", *sys.argv[1:]])
