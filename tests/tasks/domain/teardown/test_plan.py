"""What a teardown would remove, and what forbids it."""

from __future__ import annotations

import pytest

from tasks.domain.azure.endpoint import Endpoint
from tasks.domain.azure.governance.soft_delete import TakenName
from tasks.domain.azure.networking.private_access import Left, PrivateAccessParts
from tasks.domain.azure.online_deployment import OnlineDeployment
from tasks.domain.azure.ownership import Holdings, with_ownership
from tasks.domain.azure.resource_group import Resource, ResourceGroup
from tasks.domain.common.errors import Conflict, NotOwned
from tasks.domain.teardown.plan import (
    TeardownPlan,
    plan_endpoint,
    plan_resource_group,
    proposal_of,
    taken_markdown,
    teardown_markdown,
)

NO_PARTS = PrivateAccessParts()


def endpoint(*, ours: bool = True) -> Endpoint:
    tags = with_ownership(None, "/e") if ours else {}
    return Endpoint(id="/e", name="churn", location="westeurope", provisioning_state="Succeeded", tags=tags)


def blue(*, ours: bool = True) -> OnlineDeployment:
    identity = "/e/deployments/blue"
    tags = with_ownership(None, identity if ours else "/e")  # a copy of its endpoint's tags makes it nothing of ours
    return OnlineDeployment(id=identity, name="blue", endpoint="churn", provisioning_state="Succeeded", tags=tags)


def test_an_absent_endpoint_needs_nothing() -> None:
    """A second teardown finds nothing to remove, and refuses nothing."""
    plan = plan_endpoint("churn", None, ())
    plan.require_ours()
    assert not plan.removes
    assert "There is nothing to remove." in teardown_markdown(plan, done="Dry run.")


def test_an_endpoint_goes_with_its_online_deployments() -> None:
    """What is ours is listed, the endpoint first."""
    plan = plan_endpoint("churn", endpoint(), [blue()])
    plan.require_ours()
    assert [one.name for one in plan.removes] == ["churn", "blue"]
    assert "/e/deployments/blue" in teardown_markdown(plan, done="Removed.")


@pytest.mark.parametrize(("itself", "child"), [(False, True), (True, False)])
def test_a_foreign_endpoint_or_deployment_is_refused(itself: bool, child: bool) -> None:
    """An endpoint that is not ours, or holds somebody's deployment, is left alone by name."""
    plan = plan_endpoint("churn", endpoint(ours=itself), [blue(ours=child)])
    with pytest.raises(
        NotOwned, match=r"endpoint churn holds resources that these flows did not create: (churn|blue) "
    ):
        plan.require_ours()


def test_what_was_made_since_the_approval_is_not_approved() -> None:
    """Neither something new, nor the same name made anew: by its creation time it is another resource."""
    approved = plan_endpoint("churn", endpoint(), [blue()])
    approved.require_approved(approved.removes)
    plan_endpoint("churn", endpoint(), []).require_approved(approved.removes)
    again = blue().model_copy(update={"created": "2026-11-27T10:00:00Z"})
    with pytest.raises(Conflict, match="changed since its removal was approved: blue "):
        plan_endpoint("churn", endpoint(), [again]).require_approved(approved.removes)
    with pytest.raises(Conflict, match="changed since its removal was approved: blue "):
        approved.require_approved(approved.removes[:1])


def group(*, ours: bool = True) -> ResourceGroup:
    tags = with_ownership(None, "/g") if ours else {}
    return ResourceGroup(id="/g", name="ml", location="westeurope", tags=tags)


def test_a_group_of_ours_goes_whole() -> None:
    """A group that we made goes after all that it holds."""
    storage = Resource(id="/g/s", name="store", type="storage")
    plan = plan_resource_group("ml", group(), Holdings(ours=(storage,)), NO_PARTS)
    plan.require_ours()
    assert [one.name for one in plan.removes] == ["store", "ml"]


def test_a_foreign_resource_keeps_the_group() -> None:
    """One foreign resource is enough, and it is named with what to do."""
    disk = Resource(id="/g/d", name="backup", type="disk")
    plan = plan_resource_group("ml", group(), Holdings(foreign=(disk,)), NO_PARTS)
    with pytest.raises(NotOwned) as caught:
        plan.require_ours()
    assert "backup (disk). Nothing was removed" in str(caught.value)
    assert "az tag update --resource-id /g/d" in caught.value.hint


def test_somebody_elses_group_is_kept() -> None:
    """A group that we did not make stays, even if all in it is ours."""
    plan = plan_resource_group("ml", group(ours=False), Holdings(), NO_PARTS)
    with pytest.raises(NotOwned, match="resource group ml holds"):
        plan.require_ours()


def test_an_absent_group_needs_nothing() -> None:
    """Removing a group that is gone is fine."""
    assert not plan_resource_group("ml", None, Holdings(), NO_PARTS).removes


def test_private_access_goes_with_the_group_wherever_it_is() -> None:
    """Its parts elsewhere go first; what stays is named with the reason, and forbids the removal inside the group."""
    inside = Resource(id="/g/zone", name="zone", type="zone")
    link = Resource(id="/hub/zone/link", name="link", type="link")
    hub = Left(resource=Resource(id="/hub/zone", name="hub-zone", type="zone"), reason="others use it")
    parts = PrivateAccessParts(removes=(link, inside), leaves=(hub,))
    plan = plan_resource_group("ml", group(), Holdings(ours=(inside,)), parts)
    plan.require_ours()
    assert [one.name for one in plan.removes] == ["link", "zone", "ml"]
    assert "| hub-zone | others use it | /hub/zone |" in teardown_markdown(plan, done="Removed.")
    used = PrivateAccessParts(leaves=(Left(resource=inside, reason="others use it"),))
    with pytest.raises(NotOwned, match="zone"):
        plan_resource_group("ml", group(), Holdings(ours=(inside,)), used).require_ours()


VAULT = TakenName(
    kind="key vault", id="/subscriptions/s/resourceGroups/rg/x/y/vaults/kv", location="westeurope", days=90
)


def test_the_approval_says_what_happens_to_names() -> None:
    """Kept names with their days, purged ones as final; the two need approvals of their own."""
    kept = TeardownPlan(what="resource group rg", names=(VAULT,))
    purged = kept.model_copy(update={"purge": True})
    assert "key vault kv can't be created again under this name for 90 days" in proposal_of(kept).markdown
    assert "key vault kv is purged: its name is free at once, and it can't be recovered" in proposal_of(purged).markdown
    assert proposal_of(kept).key != proposal_of(purged).key
    protected = VAULT.model_copy(update={"is_protected": True})
    guarded = purged.model_copy(update={"names": (protected,)})
    assert "Purge protection is on, so it can't be purged." in proposal_of(guarded).markdown


def test_the_report_says_until_when_names_are_taken() -> None:
    """With the commands that free them; without such names there is no section."""
    text = taken_markdown([VAULT.model_copy(update={"until": "2027-02-25"})])
    assert "**kv** (key vault): taken until 2027-02-25, unless it is purged or recovered." in text
    assert "az keyvault purge --name kv --location westeurope\naz keyvault recover" in text
    assert not taken_markdown([])
