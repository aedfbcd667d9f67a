"""Which endpoints have a task run of their own."""

from __future__ import annotations

from support.diagnostics.summaries import of_health

from flows.diagnostics.rechecks import OWN_RUNS, grouped


def test_a_few_endpoints_have_runs_of_their_own() -> None:
    """Under the path that tells them from others of that name."""
    groups = grouped([of_health("unhealthy", f"e-{number}") for number in range(3)])
    assert [one.title for one in groups] == ["ml/churn/e-0", "ml/churn/e-1", "ml/churn/e-2"]
    assert grouped([]) == ()


def test_when_a_network_is_down_the_rest_share_a_run_per_workspace() -> None:
    """A thousand broken endpoints don't make a thousand task runs."""
    here = [of_health("unhealthy", f"e-{number:03}") for number in range(OWN_RUNS + 100)]
    other = here[0].model_copy(update={"id": here[0].id.replace("/churn/", "/fraud/"), "workspace": "fraud"})
    groups = grouped([*here, other])
    assert [len(one.endpoints) for one in groups] == [1] * OWN_RUNS + [100, 1]
    assert [one.title for one in groups[OWN_RUNS:]] == ["100 endpoints of churn", "1 endpoints of fraud"]
