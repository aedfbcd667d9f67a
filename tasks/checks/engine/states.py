"""The verdict on a provisioning state, of any resource."""

from __future__ import annotations

from tasks.domain.azure.online_deployment import ProvisioningError
from tasks.domain.azure.provisioning import has_failed, is_settled
from tasks.domain.diagnostics.finding import Verdict, failed, passed, seen, warned


def judge_state(what: str, state: str, error: ProvisioningError | None = None) -> Verdict:
    """Pass on Succeeded, fail on Failed and Canceled, warn while an operation is running.

    Args:
        what: The kind of resource.
        state: Its provisioning state.
        error: Why it failed, if known.
    """
    line = seen("provisioning state", state, "Succeeded")
    if has_failed(state) and error:
        last = seen("last operation", error.sentence)
        code = f" ({error.code})" if error.code else ""
        return failed(f"The {what}'s last operation ended as {state}{code}.", line, last, remedy=error.hint)
    if has_failed(state):
        return failed(f"The {what}'s last operation ended as {state}.", line)
    if not is_settled(state):
        return warned(f"An operation is running on the {what}: {state}.", line)
    return passed(f"The {what} is provisioned.")
