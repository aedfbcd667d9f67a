"""How a provisioning state is judged, whatever it is the state of."""

from __future__ import annotations

from tasks.domain.azure.online_deployment import ProvisioningError
from tasks.domain.azure.provisioning import has_failed, is_settled
from tasks.domain.diagnostics.finding import Verdict, failed, passed, seen, warned


def judge_state(what: str, state: str, error: ProvisioningError | None = None) -> Verdict:
    """Succeeded is well, Failed and Canceled are not, and an operation under way is worth knowing.

    Args:
        what: The kind of resource.
        state: Its provisioning state.
        error: Why it failed, if Azure tells.
    """
    line = seen("provisioning state", state, "Succeeded")
    if has_failed(state) and error:
        told = seen("last operation", f"{error.code}: {error.message}")
        return failed(f"The {what}'s last operation ended as {state} ({error.code}).", line, told, remedy=error.hint)
    if has_failed(state):
        return failed(f"The {what}'s last operation ended as {state}.", line)
    if not is_settled(state):
        return warned(f"An operation is running on the {what}: {state}.", line)
    return passed(f"The {what} is provisioned.")
