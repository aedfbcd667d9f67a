"""The request budget keeps Azure's token buckets on a clock of the test's own."""

from __future__ import annotations

import asyncio

import pytest
from support.clock import FakeClock

from tasks.clients.transport.request_budget import ALLOWANCES, RequestBudget, RequestBudgets

PATH = "/subscriptions/s1/resourceGroups/g"


@pytest.fixture
def time() -> FakeClock:
    return FakeClock()


@pytest.fixture
def budget(time: FakeClock) -> RequestBudget:
    return RequestBudget("reads", time)


async def take(budget: RequestBudget, count: int) -> None:
    await asyncio.gather(*(budget.turn() for _ in range(count)))


async def test_a_burst_goes_out_at_once_and_the_rest_at_the_refill_rate(budget: RequestBudget, time: FakeClock) -> None:
    """240 reads wait for nothing; 1,300 take the time that 25 a second allow."""
    await take(budget, ALLOWANCES["reads"].at_once)
    assert time.at == 0
    await take(budget, 1300 - 240)
    assert time.at == pytest.approx((1300 - 240) / 25, abs=0.1)
    assert budget.taken == 1300


async def test_a_smaller_number_in_a_header_is_believed(budget: RequestBudget, time: FakeClock) -> None:
    """Others may use the same identity, so Azure's own count rules when it is less."""
    budget.learn({"x-ms-ratelimit-remaining-subscription-reads": "0"})
    await take(budget, 25)
    assert time.at == pytest.approx(1.0, abs=0.05)


async def test_a_larger_number_or_another_kind_changes_nothing(budget: RequestBudget, time: FakeClock) -> None:
    """Requests of ours under way are not in Azure's count yet, and writes have a bucket of their own."""
    await take(budget, 240)
    budget.learn({"x-ms-ratelimit-remaining-subscription-reads": "200"})
    budget.learn({"x-ms-ratelimit-remaining-subscription-writes": "0"})
    await take(budget, 25)
    assert time.at == pytest.approx(1.0, abs=0.05)


async def test_a_pause_holds_everybody(budget: RequestBudget, time: FakeClock) -> None:
    """After a 429, nobody sends before Retry-After has passed."""
    budget.pause(7)
    await take(budget, 3)
    assert time.at == pytest.approx(7)


def test_each_subscription_and_kind_has_its_own_bucket(time: FakeClock) -> None:
    """Azure counts per subscription and kind; addresses outside of subscriptions have no bucket here."""
    budgets = RequestBudgets(time)
    reads = budgets.of(PATH, "reads")
    assert reads is budgets.of(PATH.upper().replace("SUBSCRIPTIONS", "subscriptions"), "reads")
    assert reads is not budgets.of(PATH, "writes")
    assert reads is not budgets.of("/subscriptions/s2", "reads")
    assert budgets.of("/providers/Microsoft.ResourceGraph/resources", "writes") is None


async def test_log_queries_have_a_bucket_of_their_own_for_all_subscriptions(time: FakeClock) -> None:
    """At most 200 in any 30 seconds, and they are no requests of the control plane."""
    budgets = RequestBudgets(time)
    budget = budgets.of(f"/v1{PATH}/query", "writes")
    assert budget
    assert budget is budgets.of("/v1/subscriptions/s2/resourceGroups/g/query", "writes")
    began = []
    for _ in range(400):
        await budget.turn()
        began.append(time.at)
    assert max(sum(start <= one < start + 30 for one in began) for start in began) <= 200
    assert budgets.taken() == {"reads": 0, "writes": 0}


async def test_the_requests_sent_are_counted_by_kind(time: FakeClock) -> None:
    """The run reports what it cost."""
    budgets = RequestBudgets(time)
    for path, kind in ((PATH, "reads"), ("/subscriptions/s2", "reads"), (PATH, "writes")):
        budget = budgets.of(path, kind)
        assert budget
        await budget.turn()
    assert budgets.taken() == {"reads": 2, "writes": 1}
