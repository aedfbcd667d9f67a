"""Limits for the candidate in a step of a rollout."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, Field


class Limits(BaseModel):
    """Limits that fail a step, and the samples needed to judge it. Latencies are in milliseconds."""

    model_config = ConfigDict(frozen=True, extra="forbid", title="Limits")

    min_samples: int = Field(
        default=10,
        ge=1,
        title="Minimum samples",
        description="Answers of the candidate, to probes and to users, needed to judge a step.",
    )
    failed_probes: int = Field(
        default=0, ge=0, title="Failed probes", description="Maximum failed probes of the candidate in a step."
    )
    consecutive_errors: int = Field(
        default=3, ge=1, title="Errors in a row", description="Roll back after this many failed probes in a row."
    )
    error_percent: float = Field(
        default=1.0,
        ge=0,
        le=100,
        title="Errors",
        description="Maximum percentage of the candidate's calls that the model or the platform fails.",
    )
    error_points: float = Field(
        default=1.0,
        ge=0,
        le=100,
        title="Additional errors",
        description="Maximum percentage points above the error rate of the stable deployment.",
    )
    throttled_percent: float = Field(
        default=5.0, ge=0, le=100, title="Throttling", description="Maximum percentage of its calls with HTTP 429."
    )
    p50_ms: float = Field(
        default=0.0, ge=0, title="Median latency", description="Maximum in milliseconds. 0: no limit."
    )
    p95_ms: float = Field(
        default=0.0, ge=0, title="95th percentile", description="Maximum in milliseconds. 0: no limit."
    )
    times_as_slow: float = Field(
        default=2.0,
        ge=0,
        title="Maximum latency ratio",
        description="The candidate's latency divided by the stable deployment's. 0: latencies aren't compared.",
    )
    slower_ms: float = Field(
        default=100.0, ge=0, title="Ignore differences below (ms)", description="Smaller differences are ignored."
    )
