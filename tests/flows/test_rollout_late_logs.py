"""Users' calls that Log Analytics gets late are judged all the same."""

from __future__ import annotations

import re
import threading
from typing import Any

from prefect.client.schemas.objects import State
from prefect.flow_runs import resume_flow_run
from support.rollout.stage import QUICK, Served, report_of

WAIT_SECONDS = 60


def test_users_calls_that_are_known_late_take_a_model_back(served: Served) -> None:
    """They failed at the end of a step, and the log got them only once it was over: the next one judges them."""
    served.is_logged()
    held = {"action": "delay", "operation": "log_record.ingest", "seconds": 200, "times": -1}
    served.stage.emulator.fault(**held, path=served.name)
    model = served.model(answer=2, raises_on="raise")
    strategy = {**QUICK, "steps": [50, 100], "approve_before_full": True}
    ended: list[State[Any]] = []
    thread = threading.Thread(
        target=lambda: ended.append(served.redeploy(revision={"kind": "model", "model": model}, strategy=strategy))
    )
    thread.start()
    run = served.paused()
    served.call_as_users_do(40, '["raise"]')
    served.stage.emulator.advance(201)
    resume_flow_run(run.id, run_input={"approve": True, "decided_by": "Ada"})
    thread.join(WAIT_SECONDS)
    (state,) = ended
    assert report_of(state).outcome == "rolled_back", state
    # Of the step before, or of this one: other tests may have moved the emulator's clock ahead of this process's.
    assert re.search(r"at 100 % green: .*\(users \d+ model\)", str(state.message))
    assert [one.analysis and one.analysis.decision for one in report_of(state).bakes] == ["success", "failed"]
    served.is_as_before()
