"""Names are refused before anything is created, with the rule in the message."""

import pytest
from pydantic import TypeAdapter, ValidationError

from tasks.domain.common import naming


@pytest.mark.parametrize("name", ["abc", "churn-2", "A1b-c2-d3", "a" * 32])
def test_good_endpoint_names(name: str) -> None:
    """3 to 32 letters, digits and single dashes, a letter first."""
    assert TypeAdapter(naming.EndpointName).validate_python(name) == name


@pytest.mark.parametrize("name", ["ab", "1abc", "-abc", "abc-", "a--b", "a_b", "a.b", "", "a" * 33, "åäö", "abc\n"])
def test_bad_endpoint_names(name: str) -> None:
    """A bad name is refused with the rule."""
    with pytest.raises(ValidationError, match="use 3 to 32 letters, digits and single dashes"):
        TypeAdapter(naming.EndpointName).validate_python(name)


@pytest.mark.parametrize(
    ("kind", "bad"),
    [
        (naming.SubscriptionId, "my-subscription"),
        (naming.ResourceGroupName, "ends-with."),
        (naming.ResourceGroupName, "a/b"),
        (naming.WorkspaceName, "ab"),
        (naming.WorkspaceName, "_abc"),
        (naming.Location, "west/europe"),
    ],
)
def test_other_bad_names(kind: object, bad: str) -> None:
    """Subscription, group, workspace and region are checked too."""
    with pytest.raises(ValidationError):
        TypeAdapter(kind).validate_python(bad)


@pytest.mark.parametrize("spelling", ["West Europe", "westeurope", "WestEurope"])
def test_locations_have_one_spelling(spelling: str) -> None:
    """Display names and ids of a region come out the same."""
    assert TypeAdapter(naming.Location).validate_python(spelling) == "westeurope"
    assert naming.same_location(spelling, "westeurope")


def test_form_gets_the_pattern() -> None:
    """The form of the Prefect UI sees pattern and lengths."""
    schema = TypeAdapter(naming.EndpointName).json_schema()
    assert schema["maxLength"] == 32
    assert schema["pattern"].startswith("^[A-Za-z]")
