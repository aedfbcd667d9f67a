"""`python -m deployments.local demo`."""

import sys

from deployments.local.demo import main

sys.exit(main())
