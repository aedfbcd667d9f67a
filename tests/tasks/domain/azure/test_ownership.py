"""Only what carries our tags, or belongs to it, is ours."""

from collections.abc import Mapping

import pytest

from tasks.domain.azure.ownership import handover, is_owned, sort_holdings, with_ownership
from tasks.domain.azure.resource_group import Resource

THIS = "/subscriptions/s/resourceGroups/rg/providers/T/this"
WORKSPACE = "/subscriptions/s/resourceGroups/rg/providers/Microsoft.MachineLearningServices/workspaces/ws"
MARKED = with_ownership(None, THIS)


def resource(path: str, type_: str = "T", tags: Mapping[str, str] | None = None) -> Resource:
    """A resource at a path."""
    return Resource(id=path, name=path.rsplit("/", 1)[-1], type=type_, tags=dict(tags or {}))


@pytest.mark.parametrize(
    ("tags", "owned"),
    [
        (None, False),
        ({}, False),
        (MARKED, True),
        ({**{name.upper(): value for name, value in MARKED.items()}, "team": "ml"}, True),
        ({"managed-by": "azureml-endpoint-ops"}, False),
        ({**MARKED, "managed-by": "terraform"}, False),
        (with_ownership(None, f"{THIS}s"), False),
    ],
)
def test_is_owned(tags: Mapping[str, str] | None, owned: bool) -> None:
    """Names compare without case, values with it; tags that were copied from another resource prove nothing."""
    assert is_owned(tags, THIS) is owned
    assert is_owned(tags, THIS.upper()) is owned


def test_with_ownership_keeps_other_tags() -> None:
    """A user's own tags stay."""
    assert with_ownership({"team": "ml", "managed-by": "me"}, THIS) == {"team": "ml", **MARKED}


def test_holdings() -> None:
    """What our template or Azure made for a workspace of ours is ours; what it merely names, or holds, is not."""
    group = WORKSPACE.split("/providers/", maxsplit=1)[0]
    registry, team_registry = (
        f"{group}/providers/Microsoft.ContainerRegistry/registries/{one}" for one in ("0f" * 16, "ml")
    )
    made = with_ownership(None, WORKSPACE)
    ours = [
        resource(WORKSPACE, tags=made),
        resource(f"{WORKSPACE}/onlineEndpoints/e", tags=with_ownership(None, f"{WORKSPACE}/onlineEndpoints/e")),
        resource(f"{group}/storage", tags=made),
        resource(registry),
        resource(f"{group}/insights", "Microsoft.Insights/components", made),
        resource(f"{group}/Application Insights Smart Detection", "Microsoft.Insights/ActionGroups"),
        resource(f"{group}/Failure Anomalies - Insights", "microsoft.alertsmanagement/smartDetectorAlertRules"),
        resource(f"{group}/nic", "Microsoft.Network/networkInterfaces"),
    ]
    foreign = [
        resource(f"{WORKSPACE}/onlineEndpoints/other-team"),
        resource(f"{group}/inherits", tags=made),
        resource(team_registry, tags={"owner": "terraform"}),
        resource(f"{group}/untagged-vault"),
        resource(f"{group}/on-call", "Microsoft.Insights/ActionGroups"),
    ]
    parts = (f"{group}/STORAGE", registry, f"{group}/insights", team_registry, f"{group}/untagged-vault")
    named = {WORKSPACE: parts, f"{group}/pe": (f"{group}/nic",)}
    holdings = sort_holdings([*ours, *foreign], named)
    assert [one.id for one in holdings.foreign] == [one.id for one in foreign]
    assert [one.id for one in holdings.ours] == [one.id for one in ours]


def test_the_handover_is_a_command() -> None:
    """It makes the resource ours, once it has run."""
    command = handover(THIS)
    assert command.startswith(f"az tag update --resource-id {THIS} --operation Merge --tags ")
    pairs = dict(pair.split("=") for pair in command.split("--tags ")[1].split())
    assert is_owned(pairs, THIS)


def test_a_companion_alone_is_foreign() -> None:
    """Smart Detection beside no component of ours belongs to somebody else's."""
    alone = resource("/rg/Application Insights Smart Detection", "microsoft.insights/actiongroups")
    assert sort_holdings([alone]).foreign == (alone,)
