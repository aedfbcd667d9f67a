"""Whether answers are alike."""

from __future__ import annotations

import pytest

from tasks.domain.rollout.parity import Parity, differences

CASES: list[tuple[str, str, list[str], list[str]]] = [  # before, after, where values differ, where the shape does
    ("[1, 2]", "[1.0, 2.05]", [], []),
    ("[1, 2]", "[1, 2.5]", ["$[1] is 2.5, was 2"], []),
    ("[1, 2]", "[1]", ["$ has 1 items, had 2"], ["$ has 1 items, had 2"]),
    ('{"a": 0}', '{"a": 1e-7}', [], []),
    ('{"a": 1, "b": 2}', '{"b": 2, "a": 1}', [], []),
    ('{"a": 1}', '{"A": 1}', ["$.a is missing", "$.A is new"], ["$.a is missing", "$.A is new"]),
    ('{"a": {"b": ["x"]}}', '{"a": {"b": ["y"]}}', ['$.a.b[0] is "y", was "x"'], []),
    ('{"a": 1}', '{"a": "1"}', ["$.a is text, was a number"], ["$.a is text, was a number"]),
    ('{"a": 1}', '{"a": null}', ["$.a is null, was a number"], ["$.a is null, was a number"]),
    ('{"a": 1}', '{"a": true}', ["$.a is a boolean, was a number"], ["$.a is a boolean, was a number"]),
    ("[true]", "[false]", ["$[0] is false, was true"], []),
    ("[NaN]", "[NaN]", [], []),
    ("[NaN]", "[1]", ["$[0] is 1, was NaN"], []),
    ('"[1, 2]"', '"[1.0, 2.01]"', [], []),  # scripts that encode their answers themselves
    ('"[1, 2]"', "[1, 2]", ["$ is a list, was text"], ["$ is a list, was text"]),  # callers would break
    ('"[1]"', '"no"', ["$ is text, was a list"], ["$ is text, was a list"]),
    ('"123"', '"125"', ['$ is "125", was "123"'], []),  # a label, not a number
    ('{"a": "0.5"}', '{"a": "0.50"}', ['$.a is "0.50", was "0.5"'], []),
    ("[1, 2]", "[2, 1]", ["$[0] is 2, was 1", "$[1] is 1, was 2"], []),
    ("", "", [], []),
    ("", "[]", ["$ is a list, was text"], ["$ is a list, was text"]),
    ("Infinity", "Infinity", [], []),
    ("[-Infinity]", "[Infinity]", ["$[0] is Infinity, was -Infinity"], []),
    (f"1{'0' * 400}", f"1{'0' * 400}", [], []),
    (f"1{'0' * 400}", "1", [f"$ is 1, was 1{'0' * 56}…"], []),
    ("[" * 99_999, "[" * 99_999, [], []),
    ('"ä"', '"ö"', ['$ is "ö", was "ä"'], []),
    ("yes", "yes", [], []),
    ("yes", "no", ['$ is "no", was "yes"'], []),
    ("yes", "[1]", ["$ is a list, was text"], ["$ is a list, was text"]),
]


@pytest.mark.parametrize(("before", "after", "values", "shape"), CASES)
def test_answers_are_compared_where_they_differ(before: str, after: str, values: list[str], shape: list[str]) -> None:
    """Numbers within the tolerance are alike; of the shape only types, names and lengths count."""
    assert list(differences(before, after, Parity())) == values
    assert list(differences(before, after, Parity(compare="shape"))) == shape
    assert differences(before, after, Parity(compare="nothing")) == ()


def test_the_tolerance_is_the_teams() -> None:
    """Relative or absolute, whichever lets more pass."""
    assert differences("[100]", "[101]", Parity(relative_tolerance=0))
    assert not differences("[100]", "[101]", Parity(relative_tolerance=0, absolute_tolerance=1))
