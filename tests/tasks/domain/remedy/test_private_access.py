"""From what was seen of private access to a draft: what would change, and when that is a person's to say."""

from __future__ import annotations

from support.check_facts import GUID, NETWORK, private_endpoint

from tasks.domain.azure.networking.dns import inference_record
from tasks.domain.azure.networking.private_access import PrivateAccessSpec
from tasks.domain.azure.networking.private_network import ZoneLink
from tasks.domain.common.target import AzureTarget
from tasks.domain.remedy.private_access import connect_callers, link_zone, replace_private_endpoints, write_record

RECORD = inference_record(GUID, "westeurope")
SUBNET = f"{NETWORK}/subnets/default"
TARGET = AzureTarget(
    subscription_id="00000000-0000-0000-0000-000000000001",
    resource_group="ml",
    workspace="churn",
    location="westeurope",
)
OLD = private_endpoint(member="notebook").model_copy(update={"subnet_id": SUBNET})


def test_a_private_endpoint_is_created_where_the_approver_says() -> None:
    """Without a subnet the plan says which field to fill in."""
    spec = PrivateAccessSpec(subnet=SUBNET, create_zones_in="network")
    (change,) = connect_callers(TARGET, spec).changes
    assert (change.resource, change.before, change.after) == (spec.private_endpoint_id(TARGET), None, SUBNET)
    assert "private_access.subnet" in connect_callers(TARGET, None).summary


def test_an_old_private_endpoint_is_replaced_in_its_subnet() -> None:
    """Deleted first; with two of them it is a person's to say."""
    draft = replace_private_endpoints(TARGET, [OLD])
    assert [(one.resource == OLD.id, one.after) for one in draft.changes] == [(True, None), (False, SUBNET)]
    assert draft.private_access
    assert draft.private_access.subnet == SUBNET
    assert not replace_private_endpoints(TARGET, [OLD, OLD]).changes
    assert not replace_private_endpoints(TARGET, [private_endpoint()]).changes


def test_the_record_gets_the_private_endpoints_address() -> None:
    """Missing or outdated; without a zone, or with two private endpoints, nothing is written."""
    (change,) = write_record([private_endpoint(records={})], RECORD).changes
    assert (change.before, change.after) == (None, [{"ipv4Address": "10.20.0.6"}])
    (change,) = write_record([private_endpoint(records={RECORD: ("10.0.0.9",)})], RECORD).changes
    assert change.before == [{"ipv4Address": "10.0.0.9"}]
    for others in ([private_endpoint(zone=False)], [private_endpoint(records={}), private_endpoint()]):
        draft = write_record(others, RECORD)
        assert not draft.changes
        assert "private-access" in draft.summary


def test_the_zone_is_linked_to_the_private_endpoints_network() -> None:
    """A link that is being made is left alone."""
    bare = private_endpoint(linked=False)
    (change,) = link_zone([bare]).changes
    assert (change.before, change.after) == (None, NETWORK)
    assert bare.zone
    zone = bare.zone.model_copy(update={"links": (ZoneLink(network_id=NETWORK, state="InProgress"),)})
    draft = link_zone([bare.model_copy(update={"zone": zone})])
    assert not draft.changes
    assert "is being linked" in draft.summary
