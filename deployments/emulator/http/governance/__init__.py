"""What a company puts over its subscriptions: locks and policies, applied to every request of the control plane."""

from __future__ import annotations

from deployments.emulator.http.call import Call
from deployments.emulator.http.governance.locks import require_unlocked
from deployments.emulator.http.governance.policies import apply_policies


def govern(call: Call) -> None:
    """Refuse what a lock or a policy forbids, and change the request's body where a policy says so.

    Raises:
        ArmError: 409 ScopeLocked; 403 RequestDisallowedByPolicy.
    """
    require_unlocked(call)
    apply_policies(call)
