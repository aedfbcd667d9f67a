"""Traffic in steps."""

from collections.abc import Mapping

import pytest
from pydantic import ValidationError

from tasks.domain.rollout.strategy import Strategy, shares_at


@pytest.mark.parametrize(
    ("live", "percent", "shares"),
    [
        ({"blue": 100}, 10, {"blue": 90, "green": 10}),
        ({"blue": 100}, 100, {"green": 100}),
        ({"blue": 70, "red": 30}, 50, {"blue": 35, "red": 15, "green": 50}),
        ({"a": 34, "b": 33, "c": 33}, 1, {"a": 33, "b": 33, "c": 33, "green": 1}),
        ({"blue": 99, "red": 1}, 50, {"blue": 50, "green": 50}),
        ({"blue": 100, "Green": 0}, 20, {"blue": 80, "green": 20}),
    ],
)
def test_the_others_share_the_rest(live: Mapping[str, int], percent: int, shares: Mapping[str, int]) -> None:
    """They keep their proportions, as far as whole percents can."""
    assert shares_at(live, "green", percent) == shares


@pytest.mark.parametrize("percent", range(1, 101))
def test_every_step_sums_to_100(percent: int) -> None:
    """Azure refuses everything else."""
    for live in ({"blue": 100}, {"a": 34, "b": 33, "c": 33}, {f"d{at}": 10 for at in range(10)}):
        assert sum(shares_at(live, "green", percent).values()) == 100


@pytest.mark.parametrize(
    ("strategy", "percents"),
    [
        (Strategy(), (10, 50, 100)),
        (Strategy(preset="linear"), (20, 40, 60, 80, 100)),
        (Strategy(preset="blue_green"), (100,)),
        (Strategy(steps=(1, 100)), (1, 100)),
    ],
)
def test_presets(strategy: Strategy, percents: tuple[int, ...]) -> None:
    """A preset names its steps; one's own steps win."""
    assert strategy.percents == percents


@pytest.mark.parametrize(
    ("minutes", "bake", "periods"),
    [
        (60, 300, (300.0,) * 12),
        (1440, 300, (7200.0,) * 12),
        (1, 300, (60.0,)),
        (10, 240, (300.0, 300.0)),
        (0.5, 0, (2.5,) * 12),
    ],
)
def test_the_time_in_which_the_old_color_is_kept_is_watched_in_parts(
    minutes: float, bake: float, periods: tuple[float, ...]
) -> None:
    """None is shorter than a bake where the time suffices, and the report has twelve of them at most."""
    assert Strategy(bake_seconds=bake).periods(minutes) == periods


@pytest.mark.parametrize("steps", [(10, 50), (50, 10, 100), (10, 10, 100), (0, 100), (101,)])
def test_steps_rise_to_100(steps: tuple[int, ...]) -> None:
    """Other steps are refused."""
    with pytest.raises(ValidationError):
        Strategy(steps=steps)
