"""`python -m deployments.apply`."""

import sys

from deployments.apply.command import main

sys.exit(main())
