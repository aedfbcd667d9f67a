"""Run every flow that shows a model's output, in a process of its own: the parameters are the JSON on standard input.

The last line has the states they ended in.
"""

from __future__ import annotations

import asyncio
import json
import sys
from typing import Any

from flows.endpoint_redeploy import endpoint_redeploy
from flows.endpoint_remedy import endpoint_remedy
from flows.event_intake import event_intake
from flows.scoring_diagnostics import scoring_diagnostics


def main(given: dict[str, dict[str, Any]]) -> list[str]:
    """Run them one after the other, and return the names of their states."""
    states = [
        endpoint_redeploy(**given["redeploy"], return_state=True),
        asyncio.run(scoring_diagnostics(**given["diagnostics"], return_state=True)),  # type: ignore[arg-type]
        endpoint_remedy(**given["remedy"], return_state=True),
        asyncio.run(event_intake(**given["intake"], return_state=True)),  # type: ignore[arg-type]
    ]
    return [str(one.name) for one in states]


if __name__ == "__main__":
    print(" ".join(main(json.load(sys.stdin))))
