"""Answers get lost, and Azure is busy: the run completes, and nothing is doubled."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest
from support.lifecycle.stage import Job

# What a lifecycle sends, each with the method and a part of its address.
REQUESTS = {
    "resource group": ("PUT", "/resourcegroups/rg-[^/]+$"),
    "workspace template": ("PUT", "/deployments/ml-"),
    "network provisioning": ("POST", "/provisionManagedNetwork$"),
    "endpoint": ("PUT", "/onlineEndpoints/[^/]+$"),
    "place for the code": ("POST", "/startPendingUpload$"),
    "file": ("PUT", r"^/[^/]+/(code/|LocalUpload/)"),
    "code": ("PUT", "/codes/"),
    "environment": ("PUT", "/environments/"),
    "model": ("PUT", "/models/"),
    "online deployment": ("PUT", "/onlineEndpoints/[^/]+/deployments/blue$"),
    "keys": ("POST", "/listKeys$"),
    "scoring": ("POST", "^/score$"),
    "logs": ("POST", "/getLogs$"),
}


@pytest.mark.parametrize("lost", REQUESTS)
def test_a_lost_answer(job: Job, usual: Counter[str], lost: str) -> None:
    """The connection breaks after Azure carried out a request: the run completes with as many resources as ever."""
    method, path = REQUESTS[lost]
    job.emulator.fault(action="reset_after", method=method, path=path)
    state = job.run()
    assert state.is_completed(), state.message
    assert [fault["times"] for fault in job.emulator.control("GET", "/faults").json()] == [0]
    assert job.kinds() == usual


@pytest.mark.parametrize(
    "fault",
    [
        {"status": 503, "times": 5, "method": "PUT", "path": "/onlineEndpoints/[^/]+$"},
        {"status": 429, "times": 1, "method": "POST", "path": "/listKeys$", "headers": {"Retry-After": "1"}},
        {"status": 502, "times": 1, "method": "POST", "path": "/provisionManagedNetwork$"},
    ],
    ids=["endpoint 503", "keys 429", "network 502"],
)
def test_a_temporary_refusal(job: Job, usual: Counter[str], fault: dict[str, Any]) -> None:
    """Azure is busy for a while: the run completes all the same."""
    job.emulator.fault(action="fail", **fault)
    state = job.run()
    assert state.is_completed(), state.message
    assert [fault["times"] for fault in job.emulator.control("GET", "/faults").json()] == [0]
    assert job.kinds() == usual
