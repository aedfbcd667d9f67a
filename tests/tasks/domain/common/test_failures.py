"""Failures told together."""

from __future__ import annotations

from tasks.domain.common.errors import AccessDenied, InvalidSpec, PermanentError, TemporaryError, Throttled
from tasks.domain.common.failures import combined_error, named


def test_a_single_failure_is_itself() -> None:
    """One failure is raised as it is, with its own hint."""
    only = InvalidSpec("a bad name", "Choose another.")
    assert combined_error("the inputs", {"endpoint": only}) is only


def test_failures_of_one_kind_keep_it() -> None:
    """Failures that are all temporary stay temporary, so that a retry is possible."""
    both = combined_error(
        "this run", {"one": Throttled("slow down", "Wait."), "other": Throttled("slow down", "Wait.")}
    )
    assert isinstance(both, Throttled)
    assert isinstance(both, TemporaryError)


def test_every_failure_is_told_with_its_next_action() -> None:
    """Nothing is lost: each failure stands there by name, with its hint."""
    both = combined_error("this run", {"a": InvalidSpec("bad file", "Fix it."), "b": AccessDenied("no rights", "Ask.")})
    assert type(both) is PermanentError
    for part in ("2 failures in this run", "- a: bad file", "Fix it.", "- b: no rights", "Ask."):
        assert part in str(both)


def test_what_nobody_foresaw_says_so() -> None:
    """An unforeseen exception becomes one of ours that names the step and its kind."""
    error = named("create endpoint", KeyError("properties"))
    assert isinstance(error, PermanentError)
    assert "create endpoint ended unexpectedly: KeyError: 'properties'" in str(error)


def test_a_known_error_stays_itself() -> None:
    """One of ours is not wrapped."""
    known = InvalidSpec("bad")
    assert named("create endpoint", known) is known
