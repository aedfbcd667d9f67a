"""What the next online deployment may do while a step of a rollout is watched."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, Field


class Limits(BaseModel):
    """When a step counts as failed, and how many samples a judgement needs. Latencies are in milliseconds."""

    model_config = ConfigDict(frozen=True, extra="forbid", title="Limits")

    min_samples: int = Field(
        default=10,
        ge=1,
        title="Fewest samples",
        description="Answers of the next color, to probes and to users, that a step needs to be judged.",
    )
    failed_probes: int = Field(
        default=0, ge=0, title="Failed probes", description="Probes that the next color may fail in a step."
    )
    consecutive_errors: int = Field(
        default=3, ge=1, title="Errors in a row", description="So many probes without an answer that is a success fail."
    )
    error_percent: float = Field(
        default=1.0,
        ge=0,
        le=100,
        title="Errors",
        description="Percent of the next color's calls that may fail by the model or the platform.",
    )
    error_points: float = Field(
        default=1.0,
        ge=0,
        le=100,
        title="More errors than now",
        description="Percentage points by which they may exceed those of what serves now.",
    )
    throttled_percent: float = Field(
        default=5.0, ge=0, le=100, title="Throttling", description="Percent of its calls that may end with HTTP 429."
    )
    p50_ms: float = Field(
        default=0.0, ge=0, title="Median latency", description="Milliseconds it may take. 0: no limit."
    )
    p95_ms: float = Field(
        default=0.0, ge=0, title="95th percentile", description="Milliseconds it may take. 0: no limit."
    )
    times_as_slow: float = Field(
        default=2.0,
        ge=0,
        title="Times as slow",
        description="How many times the latency of what serves now it may have. 0: latencies aren't compared.",
    )
    slower_ms: float = Field(
        default=100.0, ge=0, title="Slower by", description="Milliseconds of difference that never matter."
    )
