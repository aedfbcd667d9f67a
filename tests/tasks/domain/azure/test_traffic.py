"""Azure's rules of live and mirror traffic."""

from collections.abc import Mapping

import pytest
from pydantic import TypeAdapter, ValidationError

from tasks.domain.azure import traffic
from tasks.domain.common.errors import InvalidSpec


@pytest.mark.parametrize("shares", [{}, {"blue": 0}, {"blue": 100}, {"blue": 90, "green": 10}, {"b": 0, "g": 100}])
def test_sums_of_0_and_100_are_fine(shares: Mapping[str, int]) -> None:
    """Traffic sums to 0 or 100."""
    traffic.check_traffic(shares)


@pytest.mark.parametrize(
    ("shares", "said"),
    [
        ({"blue": 90}, "sums to 90"),
        ({"blue": 60, "green": 60}, "sums to 120"),
        ({"blue": -10, "green": 110}, "outside 0 to 100"),
    ],
)
def test_other_sums_are_refused(shares: Mapping[str, int], said: str) -> None:
    """Every other sum is refused, and the message tells it."""
    with pytest.raises(InvalidSpec, match=said):
        traffic.check_traffic(shares)


@pytest.mark.parametrize(
    ("mirror", "live", "said"),
    [
        ({"green": 60}, {"blue": 100}, "60 percent"),
        ({"green": 10, "red": 10}, {"blue": 100}, "several"),
        ({"blue": 10}, {"Blue": 100}, "has live traffic"),
    ],
)
def test_bad_mirrors_are_refused(mirror: Mapping[str, int], live: Mapping[str, int], said: str) -> None:
    """Mirror traffic goes to one deployment without live traffic, at most 50 percent."""
    with pytest.raises(InvalidSpec, match=said):
        traffic.check_mirror(mirror, live)


def test_good_mirror_passes() -> None:
    """Fifty percent to one deployment without live traffic is allowed."""
    traffic.check_mirror({"green": 50, "red": 0}, {"blue": 100, "green": 0})


def test_unknown_deployment_is_named() -> None:
    """A share for a deployment that doesn't exist is refused with both lists."""
    with pytest.raises(InvalidSpec, match="names green, but the endpoint has blue"):
        traffic.check_named({"green": 100}, ["Blue"])


def test_zero_share_of_an_unknown_deployment_is_no_matter() -> None:
    """Azure drops zeros, so a zero for a deleted deployment does no harm."""
    traffic.check_named({"Blue": 100, "green": 0}, ["blue"])


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ({"Blue": 100}, {"blue": 100, "green": 0}, True),
        ({}, {"blue": 0}, True),
        ({"blue": 90, "green": 10}, {"blue": 100}, False),
    ],
)
def test_same_shares(one: Mapping[str, int], other: Mapping[str, int], same: bool) -> None:
    """Zeros and case make no difference between maps."""
    assert traffic.same_shares(one, other) is same


def test_without_takes_one_out() -> None:
    """A deployment's share can be taken out whatever its case."""
    assert traffic.without({"Blue": 0, "green": 100}, "blue") == {"green": 100}


def test_traffic_parameter_is_checked() -> None:
    """A parameter that sums to 90 is refused with a sentence."""
    with pytest.raises(ValidationError, match=r"sums to 90[\s\S]*sum to 100"):
        TypeAdapter(traffic.TrafficMap).validate_python({"blue": 90})
