"""The provisioning states that Azure's resources go through."""

from __future__ import annotations

from typing import Final

_SETTLED: Final = frozenset({"", "succeeded", "failed", "canceled"})


def is_settled(state: str) -> bool:
    """Return whether no operation is running on the resource. An unknown state counts as running."""
    return state.lower() in _SETTLED


def has_failed(state: str) -> bool:
    """Return whether the last operation on the resource failed or was canceled."""
    return state.lower() in {"failed", "canceled"}
