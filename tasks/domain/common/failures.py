"""Several failures told as one error, so that none is lost and each keeps its next action."""

from __future__ import annotations

from collections.abc import Mapping

from tasks.domain.common.errors import EndpointOpsError, PermanentError


def as_one(what: str, failures: Mapping[str, EndpointOpsError]) -> EndpointOpsError:
    """One error for all: the only one itself, else a list of them.

    The class is theirs where they share it, so that an error's family stays known.

    Args:
        what: What the failures are about, such as ``the inputs``.
        failures: By the name of the step or check that failed; at least one.
    """
    first, *others = failures.values()
    if not others:
        return first
    kinds = {type(one) for one in failures.values()}
    kind = type(first) if len(kinds) == 1 else PermanentError
    told = "\n".join(f"- {name}: {error}" for name, error in failures.items())
    return kind(f"{len(failures)} failures in {what}:\n{told}", "Put each right, then run again.")


def named(name: str, error: BaseException) -> EndpointOpsError:
    """Any exception as one of ours. What nobody foresaw says so, and where to look."""
    if isinstance(error, EndpointOpsError):
        return error
    return PermanentError(
        f"{name} ended unexpectedly: {type(error).__name__}: {error}",
        "Look at the step's own log for the traceback, and report it: this is a bug.",
    )
