"""What a person reads before and after a remedy."""

from __future__ import annotations

import re

import pytest

from tasks.domain.common.errors import EndpointOpsError, NotReady, ServiceUnavailable
from tasks.domain.diagnostics.finding import Finding
from tasks.domain.diagnostics.verdict import EndpointVerdict
from tasks.domain.remedy.plan import Change, Condition, RemedyPlan, applied, failure_of, unchanged
from tasks.domain.remedy.planners import BYPASS
from tasks.domain.remedy.text import message_of, plan_markdown, report_markdown

FINDING = Finding(
    code="SCORE-KV-001",
    name="key_vault_lets_azure_services_by",
    title="The key vault allows trusted Azure services",
    severity="major",
    subject="/workspaces/churn",
    status="FAIL",
    reason="Key vault kv refuses by default.",
    remedy="az keyvault update --name kv --bypass AzureServices",
)
CHANGE = Change(resource="/vaults/kv", what="key vault kv", path=BYPASS, before=None, after="AzureServices")
PLAN = RemedyPlan(
    endpoint="churn-prod",
    health="degraded",
    finding=FINDING,
    summary="Let Azure's trusted services by the firewall of key vault kv.",
    warning="Think of it.",
    changes=(CHANGE,),
    stands_on=(Condition(resource="/vaults/kv", what="key vault kv", path="properties.x", value=True),),
)
WELL = EndpointVerdict(endpoint="/e", health="healthy")


def test_the_plan_says_what_is_wrong_and_exactly_what_would_change() -> None:
    """Cause, warning, resource, property, both values, whose the resource is, and what the plan stands on."""
    text = plan_markdown(PLAN)
    assert "SCORE-KV-001: Key vault kv refuses by default." in text
    assert "**Before you approve:** Think of it." in text
    change = '- key vault kv: properties.networkAcls.bypass from not set to "AzureServices" (made by another owner)'
    assert change in text
    assert "`/vaults/kv`" in text
    assert "Applied only while this holds: key vault kv: properties.x is true." in text
    ours = PLAN.model_copy(update={"changes": (CHANGE.model_copy(update={"is_ours": True}),)})
    assert "(made by this project)" in plan_markdown(ours)


def test_the_words_of_others_are_no_markup_in_the_plan() -> None:
    """What Azure, a model or a requester wrote can't pose as the plan before the one who approves."""
    nasty = "x **Safe: approve** [here](http://w) ![i](http://w/i.png) | <b>b</b>"
    change = CHANGE.model_copy(update={"before": nasty, "what": nasty})
    held = Condition(resource="/vaults/kv", what="key vault kv", path="properties.x", value=nasty)
    finding = FINDING.model_copy(update={"reason": nasty, "remedy": nasty})
    plan = PLAN.model_copy(update={"finding": finding, "changes": (change,), "stands_on": (held,), "summary": nasty})
    by_hand = plan.model_copy(update={"changes": ()})
    for shown in (plan_markdown(plan), plan_markdown(by_hand), report_markdown(unchanged(plan, refused_by=nasty))):
        assert not re.search(r"(?<!\\)(\*\*Safe|\[here\]|!\[i|<b>)", shown), shown


def test_without_a_safe_remedy_the_command_is_told() -> None:
    """A person fixes manually what is not done from here."""
    plan = PLAN.model_copy(update={"changes": (), "stands_on": (), "warning": ""})
    assert "Manually:\n\n```\naz keyvault update --name kv --bypass AzureServices\n```" in plan_markdown(plan)
    report = unchanged(plan)
    assert report.outcome == "by_hand"
    assert message_of(report) == plan.summary


def test_the_reports_of_all_endings() -> None:
    """Each says who decided, what was changed, how the endpoint is, and what is left."""
    assert unchanged(PLAN.model_copy(update={"finding": None, "changes": ()})).outcome == "healthy"
    refused = unchanged(PLAN, refused_by="Ada")
    assert message_of(refused).startswith("Refused by Ada: nothing was changed.")
    assert "**Refused: nothing was changed** by Ada. The endpoint is degraded." in report_markdown(refused)
    done = applied(PLAN, "Ada", WELL)
    assert message_of(done).endswith("Applied, verified; churn-prod is healthy.")
    assert "**Applied and verified** by Ada. The endpoint is healthy." in report_markdown(done)
    other = FINDING.model_copy(update={"code": "SCORE-TRF-001", "reason": "No traffic."})
    left = applied(PLAN, "Ada", EndpointVerdict(endpoint="/e", health="unhealthy", cause=other))
    assert "Remaining root cause: SCORE-TRF-001: No traffic." in report_markdown(left)


def test_an_approval_is_good_for_one_plan_only() -> None:
    """Whatever would change, or is relied on, makes another plan of it; words don't."""
    assert PLAN.digest == PLAN.model_copy(update={"summary": "In other words."}).digest
    elsewhere = CHANGE.model_copy(update={"resource": "/vaults/other"})
    digests = {
        PLAN.digest,
        PLAN.model_copy(update={"changes": (elsewhere,)}).digest,
        PLAN.model_copy(update={"changes": (CHANGE.model_copy(update={"after": "None"}),)}).digest,
        PLAN.model_copy(update={"stands_on": ()}).digest,
    }
    assert len(digests) == 4


@pytest.mark.parametrize(
    ("verdict", "error"),
    [
        (WELL, None),
        (EndpointVerdict(endpoint="/e", health="degraded", cause=FINDING), NotReady),
        (EndpointVerdict(endpoint="/e", health="degraded", symptoms=(FINDING,)), NotReady),
        (EndpointVerdict(endpoint="/e", health="unknown", not_looked_at=(FINDING,)), ServiceUnavailable),
        (
            EndpointVerdict(endpoint="/e", health="degraded", cause=FINDING.model_copy(update={"code": "SCORE-X-001"})),
            None,
        ),
    ],
)
def test_whether_a_remedy_has_helped(verdict: EndpointVerdict, error: type[EndpointOpsError] | None) -> None:
    """The check has to be well again: "could not look" is never success, and another cause is no failure of it."""
    found = failure_of("SCORE-KV-001", verdict)
    assert type(found) is (error or type(None))
