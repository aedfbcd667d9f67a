"""The strategy of a rollout: its steps of live traffic, and the waits between them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Annotated, Final, Literal, Self

from pydantic import BaseModel, Field, model_validator

from tasks.domain.azure.traffic import MAX_MIRROR_PERCENT, positive, without
from tasks.domain.common.naming import OnlineDeploymentName
from tasks.domain.rollout.limits import Limits
from tasks.domain.rollout.parity import Parity

Preset = Literal["canary", "linear", "blue_green", "shadow_only"]
WhenInconclusive = Literal["hold", "promote", "roll_back"]
Percent = Annotated[int, Field(ge=1, le=100)]

PRESETS: Final[Mapping[Preset, tuple[int, ...]]] = {
    "canary": (10, 50, 100),
    "linear": (20, 40, 60, 80, 100),
    "blue_green": (100,),
    "shadow_only": (),
}
_SHADOW_PERCENT: Final = 10
_MAX_PERIODS: Final = 12


class Strategy(BaseModel, frozen=True, extra="forbid", title="Strategy", use_attribute_docstrings=True):
    """Settings for the shift of traffic to the candidate."""

    preset: Preset = Field(
        default="canary",
        title="Preset",
        description=(
            "canary: 10, 50, 100 percent. linear: by 20 percent. blue_green: all at once, after a smoke test. "
            "shadow_only: mirror traffic only; no user ever reaches the candidate."
        ),
    )
    approve_before_full: bool = Field(default=False, title="Ask before 100 percent")
    """Require manual approval before cutover. A rejection, or no answer, rolls back."""
    bake_seconds: float = Field(default=300.0, ge=0, le=86_400, title="Bake time")
    """Seconds to observe each step."""
    mirror_percent: int = Field(default=0, ge=0, le=MAX_MIRROR_PERCENT, title="Mirror")
    """Percentage of live traffic mirrored to the new deployment before cutover. 0: none."""
    old_color: Literal["keep", "remove"] = Field(default="keep", title="Stable deployment")
    """What to do with it at the end. Its logs are saved before it is removed."""
    steps: tuple[Percent, ...] = ()
    """Percentage of live traffic in each step, rising to 100. Empty: those of the preset."""
    probes: int = Field(
        default=20,
        ge=1,
        le=1000,
        title="Probes",
        description=(
            "Rounds of scoring calls in each step, spread over the bake time. A round is three calls: one as users "
            "call, and one to each color by name."
        ),
    )
    limits: Limits = Limits()
    """Limits for the candidate in a step."""
    parity: Parity = Parity()
    """Required similarity of answers to the golden requests."""
    extensions: int = Field(default=2, ge=0, le=20)
    """Number of times to extend a step that has too few samples."""
    when_inconclusive: WhenInconclusive = Field(default="roll_back", title="When samples remain too few")
    """hold: ask for approval; no answer in time rolls back. promote: continue. roll_back: roll back."""
    keep_minutes: float = Field(
        default=0.0,
        ge=0,
        le=1440,
        title="Keep the stable deployment for",
        description=(
            "Minutes after cutover for which the stable deployment stays ready and the new one is observed: if that "
            "fails, or the run is cancelled, the traffic rolls back. No other rollout begins meanwhile."
        ),
    )
    failed_color: Literal["keep", "remove"] = Field(default="keep", title="Failed color")
    """What to do with a rolled-back deployment."""
    wait_minutes: int = Field(default=0, ge=0, le=10_080, title="Wait")
    """Minutes to wait for another rollout to the endpoint. 0: refuse this one at once."""
    approval_minutes: int = Field(default=60, ge=1, le=10_080, title="Approval time")
    """Minutes to wait for the answer."""
    colors: tuple[OnlineDeploymentName, ...] = Field(default=("blue", "green"), min_length=2)
    """Names of online deployments to alternate between. The first one without traffic is used."""

    @model_validator(mode="after")
    def _has_steps_or_shadows(self) -> Self:
        if self.steps and self.preset == "shadow_only":
            raise ValueError("shadow_only has no steps of live traffic: leave them empty, or choose another preset.")
        return self

    @model_validator(mode="after")
    def _rises_to_all(self) -> Self:
        if self.steps and (list(self.steps) != sorted(set(self.steps)) or self.steps[-1] != 100):
            raise ValueError(f"steps {list(self.steps)} don't rise to 100: write them like 10, 50, 100.")
        return self

    @property
    def percents(self) -> tuple[int, ...]:
        """The percentages of the steps."""
        return self.steps or PRESETS[self.preset]

    @property
    def mirror(self) -> int:
        """Percentage of live traffic mirrored to the candidate first."""
        return self.mirror_percent or (_SHADOW_PERCENT if self.preset == "shadow_only" else 0)

    def periods(self, minutes: float) -> Sequence[float]:
        """Return a longer time in parts as long as a bake, in seconds; maximum twelve parts."""
        whole = minutes * 60
        count = max(1, min(_MAX_PERIODS, int(whole // max(self.bake_seconds, 1.0))))
        return (whole / count,) * count


def shares_at(live: Mapping[str, int], color: str, percent: int) -> dict[str, int]:
    """Return the live traffic with a color at a percentage; the others share the rest in proportion.

    Whole percents that sum to 100: what rounding leaves goes to the largest remainders.
    """
    others = positive(without(live, color))
    rest, whole = 100 - percent, sum(others.values())
    if not rest or not whole:
        return {color: 100}
    exact = {name: share * rest / whole for name, share in others.items()}
    shares = {name: int(share) for name, share in exact.items()}
    by_remainder = sorted(exact, key=lambda name: shares[name] - exact[name])
    for name in by_remainder[: rest - sum(shares.values())]:
        shares[name] += 1
    return {**positive(shares), color: percent}
