"""Whether answers are alike."""

from __future__ import annotations

import pytest

from tasks.domain.parity import Parity, differences

CASES: list[tuple[str, str, list[str], list[str]]] = [  # before, after, where values differ, where the shape does
    ("[1, 2]", "[1.0, 2.05]", [], []),
    ("[1, 2]", "[1, 2.5]", ["$[1] is 2.5, before 2"], []),
    ("[1, 2]", "[1]", ["$ has 1 items, before 2"], ["$ has 1 items, before 2"]),
    ('{"a": 0}', '{"a": 1e-7}', [], []),
    ('{"a": 1, "b": 2}', '{"b": 2, "a": 1}', [], []),
    ('{"a": 1}', '{"A": 1}', ["$.a is missing", "$.A is new"], ["$.a is missing", "$.A is new"]),
    ('{"a": {"b": ["x"]}}', '{"a": {"b": ["y"]}}', ['$.a.b[0] is "y", before "x"'], []),
    ('{"a": 1}', '{"a": "1"}', ["$.a is text, before a number"], ["$.a is text, before a number"]),
    ('{"a": 1}', '{"a": null}', ["$.a is null, before a number"], ["$.a is null, before a number"]),
    ('{"a": 1}', '{"a": true}', ["$.a is a boolean, before a number"], ["$.a is a boolean, before a number"]),
    ("[true]", "[false]", ["$[0] is false, before true"], []),
    ("[NaN]", "[NaN]", [], []),
    ("[NaN]", "[1]", ["$[0] is 1, before NaN"], []),
    ('"[1, 2]"', "[1, 2]", [], []),  # a script that encodes its answer itself
    ("yes", "yes", [], []),
    ("yes", "no", ['$ is "no", before "yes"'], []),
    ("yes", "[1]", ["$ is a list, before text"], ["$ is a list, before text"]),
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
