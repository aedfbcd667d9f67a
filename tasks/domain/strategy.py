"""How a rollout shifts the live traffic: in which steps, and what is waited for between them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Final, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from tasks.domain.naming import OnlineDeploymentName
from tasks.domain.traffic import positive, without

Preset = Literal["canary", "linear", "blue_green"]
Percent = Annotated[int, Field(ge=1, le=100)]

PRESETS: Final[Mapping[Preset, tuple[int, ...]]] = {
    "canary": (10, 50, 100),
    "linear": (20, 40, 60, 80, 100),
    "blue_green": (100,),
}


class Strategy(BaseModel):
    """How the traffic goes over to the next color."""

    model_config = ConfigDict(frozen=True, extra="forbid", title="Strategy")

    preset: Preset = Field(
        default="canary",
        title="Preset",
        description="canary: 10, 50, 100 percent. linear: by 20 percent. blue_green: all at once, once smoke-tested.",
    )
    steps: tuple[Percent, ...] = Field(
        default=(),
        title="Steps",
        description="Percent of live traffic in each step, rising to 100. Empty: those of the preset.",
    )
    bake_seconds: float = Field(
        default=300.0, ge=0, le=86_400, title="Bake time", description="Seconds that each step is watched."
    )
    probes: int = Field(
        default=20,
        ge=1,
        le=1000,
        title="Probes",
        description="Scoring calls of the rollout's own in each step, over the bake time.",
    )
    approve_before_full: bool = Field(
        default=False,
        title="Ask before 100 percent",
        description="A person decides before all traffic goes over. A refusal, or no answer, rolls back.",
    )
    approval_minutes: int = Field(
        default=60, ge=1, le=10_080, title="Approval time", description="Minutes that the answer is waited for."
    )
    colors: tuple[OnlineDeploymentName, ...] = Field(
        default=("blue", "green"),
        min_length=2,
        title="Colors",
        description="Names of online deployments to take turns with. The first one without traffic is next.",
    )

    @model_validator(mode="after")
    def _rises_to_all(self) -> Self:
        if self.steps and (list(self.steps) != sorted(set(self.steps)) or self.steps[-1] != 100):
            raise ValueError(f"steps {list(self.steps)} don't rise to 100: write them like 10, 50, 100.")
        return self

    @property
    def percents(self) -> tuple[int, ...]:
        """The steps."""
        return self.steps or PRESETS[self.preset]


def shares_at(live: Mapping[str, int], color: str, percent: int) -> dict[str, int]:
    """The live traffic with a color at a percentage; the others share the rest as they shared the whole.

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
