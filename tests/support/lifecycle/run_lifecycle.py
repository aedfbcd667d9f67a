"""Run one lifecycle in a process of its own: its parameters are the JSON on standard input.

With a run's id as argument it is a retry of that run. The last line is the name of the state it ended in.
"""

from __future__ import annotations

import json
import sys
from uuid import UUID

from flows.endpoint_lifecycle import endpoint_lifecycle
from support.prefect.flows import first_try, try_again

if __name__ == "__main__":
    given = json.load(sys.stdin)
    state = (
        try_again(endpoint_lifecycle, UUID(sys.argv[1]), given)
        if sys.argv[1:]
        else first_try(endpoint_lifecycle, given)
    )
    print(state.message or "")
    print(state.name)
