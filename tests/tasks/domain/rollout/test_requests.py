"""The scoring requests of a rollout: the endpoint's own, before those of the run."""

from __future__ import annotations

import pytest

from tasks.domain.common.errors import InvalidSpec
from tasks.domain.rollout.requests import NO_REQUESTS, RolloutRequests, require_requests

DECLARED = RolloutRequests(golden_files=("any.json",), by_endpoint={"Churn-*": ("churn.json",), "*": ("last.json",)})


@pytest.mark.parametrize(
    ("requests", "endpoint", "files"),
    [
        (DECLARED, "churn-prod", ("churn.json",)),
        (DECLARED, "fraud", ("last.json",)),
        (RolloutRequests(golden_files=("any.json",)), "fraud", ("any.json",)),
        (RolloutRequests(golden_files=("any.json",), by_endpoint={"churn": ("churn.json",)}), "fraud", ("any.json",)),
        (NO_REQUESTS, "fraud", ()),
    ],
)
def test_the_first_pattern_that_matches_is_used(
    requests: RolloutRequests, endpoint: str, files: tuple[str, ...]
) -> None:
    """Whatever its case; without one, the requests of the run."""
    assert requests.of(endpoint).golden_files == files
    assert requests.of(endpoint).by_endpoint == {}


def test_without_a_request_it_says_what_to_declare_and_where() -> None:
    """The message names endpoint, parameter and deployment; the hint has the line to write."""
    with pytest.raises(InvalidSpec) as refusal:
        require_requests("fraud", NO_REQUESTS.of("fraud"))
    assert "endpoint fraud" in refusal.value.message
    assert 'parameter Requests of the deployment "redeploy"' in refusal.value.message
    assert '{"fraud": ["PATH-ON-THE-WORKER.json"]}' in refusal.value.hint
    require_requests("fraud", RolloutRequests(sample="[1]"))
