"""`python -m deployments.rollout`."""

import sys

from deployments.rollout.command import main

sys.exit(main())
