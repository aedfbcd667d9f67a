"""Specs refuse what Azure would refuse, and round-trip through JSON."""

from typing import Any

import pytest
from pydantic import ValidationError

from tasks.domain.azure.endpoint import Endpoint, EndpointSpec
from tasks.domain.azure.networking import network
from tasks.domain.azure.networking.network import FqdnRule, PrivateEndpointRule, ServiceTagRule
from tasks.domain.azure.workspace import Workspace, WorkspaceSpec
from tasks.domain.common.errors import InvalidSpec
from tasks.domain.common.target import AzureTarget, Resolvers

STORAGE = "/subscriptions/s/resourceGroups/r/providers/Microsoft.Storage/storageAccounts/featurestore"
TARGET: dict[str, Any] = {
    "subscription_id": "00000000-0000-0000-0000-000000000001",
    "resource_group": "ml",
    "workspace": "churn",
    "location": "West Europe",
}
RULES = (
    PrivateEndpointRule(name="store", service_resource_id=STORAGE, subresource_target="blob"),
    FqdnRule(name="pypi", destination="*.pythonhosted.org"),
    ServiceTagRule(name="factory", service_tag="DataFactory", port_ranges="80, 8080-8089"),
)


def test_all_rule_types_round_trip() -> None:
    """The discriminator rebuilds each rule's own type from JSON."""
    spec = WorkspaceSpec(outbound_rules=RULES)
    assert WorkspaceSpec.model_validate_json(spec.model_dump_json()) == spec


@pytest.mark.parametrize("rule", RULES[1:])
def test_rules_that_need_the_strict_mode(rule: network.OutboundRuleSpec) -> None:
    """FQDN and service-tag rules need allow_only_approved_outbound."""
    with pytest.raises(ValidationError, match="needs the isolation mode"):
        WorkspaceSpec(isolation_mode="allow_internet_outbound", outbound_rules=(rule,))


def test_private_endpoint_rule_fits_both_modes() -> None:
    """A private endpoint rule is allowed in either mode."""
    WorkspaceSpec(isolation_mode="allow_internet_outbound", outbound_rules=RULES[:1])


def test_rule_names_are_unique() -> None:
    """Two rules of one name would overwrite each other."""
    twins = (FqdnRule(name="a", destination="a.org"), FqdnRule(name="A", destination="b.org"))
    with pytest.raises(ValidationError, match="two outbound rules are named 'a'"):
        WorkspaceSpec(outbound_rules=twins)


@pytest.mark.parametrize(
    ("present", "wanted", "allowed"),
    [
        ("Disabled", "allow_only_approved_outbound", True),
        ("Disabled", "allow_internet_outbound", True),
        ("AllowInternetOutbound", "allow_only_approved_outbound", True),
        ("AllowOnlyApprovedOutbound", "allow_only_approved_outbound", True),
        ("AllowOnlyApprovedOutbound", "allow_internet_outbound", False),
    ],
)
def test_isolation_transitions(present: str, wanted: network.IsolationMode, allowed: bool) -> None:
    """Nothing leads back from allow_only_approved_outbound."""
    if allowed:
        network.check_transition(present, wanted)
        return
    with pytest.raises(InvalidSpec, match="can't be changed"):
        network.check_transition(present, wanted)


@pytest.mark.parametrize("bad", ["*", "http://a.org", "a", "a.org/path", "a b.org"])
def test_bad_host_names(bad: str) -> None:
    """An FQDN rule wants a host name, with at most a leading wildcard."""
    with pytest.raises(ValidationError):
        FqdnRule(name="x", destination=bad)


def test_ids_follow_from_the_target() -> None:
    """ARM ids are derived once, on the target."""
    target = AzureTarget(**TARGET)
    assert target.location == "westeurope"
    assert target.online_deployment_id("e1", "blue") == (
        "/subscriptions/00000000-0000-0000-0000-000000000001/resourceGroups/ml/providers"
        "/Microsoft.MachineLearningServices/workspaces/churn/onlineEndpoints/e1/deployments/blue"
    )


@pytest.mark.parametrize("bad", ["proxy:3128", "http://user:secret@proxy:3128"])
def test_proxy_addresses(bad: str) -> None:
    """A proxy address needs its scheme, and holds no secret."""
    with pytest.raises(ValidationError) as caught:
        AzureTarget(**TARGET, internet_proxy=bad)
    assert "proxy address" in str(caught.value)


def test_unknown_fields_are_refused() -> None:
    """A misspelled field is an error, not a default."""
    with pytest.raises(ValidationError):
        EndpointSpec(name="abc", file="e.yml", public_network_acces="enabled")  # type: ignore[call-arg]  # the misspelling is the point


def test_scoring_host() -> None:
    """The scoring host is the host of the scoring URI."""
    endpoint = Endpoint(
        id="/x",
        name="churn",
        location="westeurope",
        provisioning_state="Succeeded",
        scoring_uri="https://churn.westeurope.inference.ml.azure.com/score",
    )
    assert endpoint.scoring_host == "churn.westeurope.inference.ml.azure.com"


def test_associated_ids_are_those_given() -> None:
    """Only resources that are there count as associated."""
    workspace = Workspace(id="/w", name="w", location="l", provisioning_state="Succeeded", key_vault="/kv")
    assert workspace.associated_ids == ("/kv",)


@pytest.mark.parametrize("bad", ["dns.example.com", "10.0.0.4:99999", "10.0.0.4:dns", "300.1.1.1"])
def test_what_is_no_dns_server_is_refused(bad: str) -> None:
    """Before it is asked, when it would only seem not to answer."""
    with pytest.raises(ValidationError, match=r"is not a valid DNS server|has no valid port"):
        Resolvers(custom=bad)


@pytest.mark.parametrize("good", ["10.0.0.4", "127.0.0.1:5353", "fd00::53"])
def test_a_dns_server_is_an_address(good: str) -> None:
    """With or without a port."""
    assert Resolvers(custom=good).custom == good
