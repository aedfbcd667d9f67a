"""Combine several failures into one error, so that none is lost and each keeps its next action."""

from __future__ import annotations

from collections.abc import Mapping

from tasks.domain.common.errors import EndpointOpsError, PermanentError


def combined_error(what: str, failures: Mapping[str, EndpointOpsError]) -> EndpointOpsError:
    """Return one error for all failures: the only one itself, otherwise a list of them.

    It has their class where they share one, so that the retry policy still applies.

    Args:
        what: The subject of the failures, such as ``the inputs``.
        failures: By the name of the step or check that failed; at least one.
    """
    first, *others = failures.values()
    if not others:
        return first
    kinds = {type(one) for one in failures.values()}
    kind = type(first) if len(kinds) == 1 else PermanentError
    listed = "\n".join(f"- {name}: {error}" for name, error in failures.items())
    return kind(f"{len(failures)} failures in {what}:\n{listed}", "Fix each of them, then run again.")


def named(name: str, error: BaseException) -> EndpointOpsError:
    """Return any exception as one of ours; an unexpected one names the log to read."""
    if isinstance(error, EndpointOpsError):
        return error
    return PermanentError(
        f"{name} ended unexpectedly: {type(error).__name__}: {error}",
        "Read the traceback in the step's log and report it: this is a bug.",
    )
