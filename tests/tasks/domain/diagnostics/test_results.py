"""Sample requests, by endpoint."""

from __future__ import annotations

import pytest
from pydantic import ValidationError

from tasks.domain.diagnostics.results import Samples


def test_the_first_pattern_that_fits_counts() -> None:
    """Case doesn't matter; an empty text leaves endpoints uncalled, and so does none."""
    samples = Samples(requests={"legacy-*": "", "churn-*": "[1]", "*-prod": "[2]"})
    assert [samples.of(one) for one in ("legacy-prod", "Churn-Prod", "price-prod", "other")] == ["", "[1]", "[2]", ""]


@pytest.mark.parametrize("given", [{"requests": {"*": "{data: hunter2}"}}, {"request": {"*": "[1]"}}])
def test_what_is_no_sample_is_refused(given: dict[str, dict[str, str]]) -> None:
    """A model is not blamed for what is no JSON, and a misspelled name doesn't leave all endpoints uncalled."""
    with pytest.raises(ValidationError) as caught:
        Samples.model_validate(given)
    assert "hunter2" not in str(caught.value.errors()[0]["msg"])
