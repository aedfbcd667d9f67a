"""Only what carries our tags, or belongs to it, is ours."""

from collections.abc import Mapping

import pytest

from tasks.domain.azure.ownership import OWNERSHIP_TAGS, is_owned, sort_holdings, with_ownership
from tasks.domain.azure.resource_group import Resource

OURS = dict(OWNERSHIP_TAGS)


def resource(path: str, type_: str = "T", tags: Mapping[str, str] | None = None) -> Resource:
    """A resource at a path."""
    return Resource(id=path, name=path.rsplit("/", 1)[-1], type=type_, tags=dict(tags or {}))


@pytest.mark.parametrize(
    ("tags", "owned"),
    [
        (None, False),
        ({}, False),
        ({"managed-by": "azureml-endpoint-ops"}, True),
        ({"Managed-By": "azureml-endpoint-ops", "team": "ml"}, True),
        ({"managed-by": "terraform"}, False),
    ],
)
def test_is_owned(tags: Mapping[str, str] | None, owned: bool) -> None:
    """The tag's name compares without case, its value with it."""
    assert is_owned(tags) is owned


def test_with_ownership_keeps_other_tags() -> None:
    """A user's own tags stay."""
    assert with_ownership({"team": "ml", "managed-by": "me"}) == {"team": "ml", **OURS}


def test_holdings() -> None:
    """Tagged, child, associated and companion resources are ours; all else is foreign."""
    listing = [
        resource("/rg/ws", tags=OURS),
        resource("/RG/WS/onlineEndpoints/e"),
        resource("/rg/wsx"),
        resource("/rg/acr"),
        resource("/rg/insights", "Microsoft.Insights/components"),
        resource("/rg/Application Insights Smart Detection", "Microsoft.Insights/ActionGroups"),
        resource("/rg/Failure Anomalies - Insights", "microsoft.alertsmanagement/smartDetectorAlertRules"),
        resource("/rg/on-call", "Microsoft.Insights/ActionGroups"),
        resource("/rg/db", "Microsoft.Sql/servers"),
    ]
    holdings = sort_holdings(listing, ["/RG/ACR", "/rg/insights"])
    assert [one.name for one in holdings.foreign] == ["wsx", "on-call", "db"]
    assert len(holdings.ours) == 6


def test_a_companion_alone_is_foreign() -> None:
    """Smart Detection beside no component of ours belongs to somebody else's."""
    alone = resource("/rg/Application Insights Smart Detection", "microsoft.insights/actiongroups")
    assert sort_holdings([alone]).foreign == (alone,)
