"""Limits for the candidate in a step of a rollout."""

from __future__ import annotations

from pydantic import BaseModel, Field


class Limits(BaseModel, frozen=True, extra="forbid", title="Limits", use_attribute_docstrings=True):
    """Limits that fail a step, and the samples needed to judge it. Latencies are in milliseconds."""

    min_samples: int = Field(default=10, ge=1, title="Minimum samples")
    """Answers of the candidate, to probes and to users, needed to judge a step."""
    failed_probes: int = Field(default=0, ge=0, title="Failed probes")
    """Maximum failed probes of the candidate in a step."""
    consecutive_errors: int = Field(default=3, ge=1, title="Errors in a row")
    """Roll back after this many failed probes in a row."""
    error_percent: float = Field(default=1.0, ge=0, le=100, title="Errors")
    """Maximum percentage of the candidate's calls that the model or the platform fails."""
    error_points: float = Field(default=1.0, ge=0, le=100, title="Additional errors")
    """Maximum percentage points above the error rate of the stable deployment."""
    throttled_percent: float = Field(default=5.0, ge=0, le=100, title="Throttling")
    """Maximum percentage of its calls with HTTP 429."""
    p50_ms: float = Field(default=0.0, ge=0, title="Median latency")
    """Maximum in milliseconds. 0: no limit."""
    p95_ms: float = Field(default=0.0, ge=0, title="95th percentile")
    """Maximum in milliseconds. 0: no limit."""
    times_as_slow: float = Field(default=2.0, ge=0, title="Maximum latency ratio")
    """The candidate's latency divided by the stable deployment's. 0: latencies aren't compared."""
    slower_ms: float = Field(default=100.0, ge=0, title="Ignore differences below (ms)")
    """Smaller differences are ignored."""
