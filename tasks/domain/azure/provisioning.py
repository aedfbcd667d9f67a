"""The provisioning states that Azure's resources go through."""

from __future__ import annotations

from typing import Final

_SETTLED: Final = frozenset({"", "succeeded", "failed", "canceled"})


def is_settled(state: str) -> bool:
    """Whether no operation is running on the resource. An unknown state counts as running."""
    return state.lower() in _SETTLED


def has_failed(state: str) -> bool:
    """Whether the last operation on the resource ended badly."""
    return state.lower() in {"failed", "canceled"}
