"""`python -m deployments.diagnose`."""

import sys

from deployments.diagnose.command import main

sys.exit(main())
