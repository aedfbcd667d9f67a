"""Settings of an online deployment that Azure refuses: each with its limit, and what to write instead."""

from __future__ import annotations

from typing import Any

import pytest

from tasks.domain.azure.online_deployment_settings import check_egress, check_settings
from tasks.domain.common.errors import InvalidSpec


@pytest.mark.parametrize(
    "document",
    [
        {},
        {"request_settings": None},
        {"request_settings": {"request_timeout_ms": 50}},
        {"request_settings": {"request_timeout_ms": 180_000}},
        {"request_settings": {"request_timeout_ms": "soon"}},
        {"liveness_probe": {"failure_threshold": 119}},
        {"model": "azureml:scorer:1"},
        {"model": {"path": "azureml://datastores/workspaceblobstore/paths/model"}},
        {"model": {"path": "model"}},
    ],
)
def test_settings_that_azure_accepts(document: dict[str, Any]) -> None:
    """Values up to the limits; what breaks the schema is left to the schema."""
    check_settings("blue.yml", document)


@pytest.mark.parametrize(
    ("document", "problem", "fix"),
    [
        (
            {"request_settings": {"request_timeout_ms": 180_001}},
            "request_settings.request_timeout_ms is 180001, but Azure accepts 50 to 180,000 ms",
            "Set request_timeout_ms to 50 to 180000.",
        ),
        (
            {"request_settings": {"request_timeout_ms": 49}},
            "request_settings.request_timeout_ms is 49, but Azure accepts 50 to 180,000 ms",
            "Set request_timeout_ms to 50 to 180000.",
        ),
        (
            {"liveness_probe": {"failure_threshold": 125}},
            "liveness_probe.failure_threshold is 125, but Azure accepts less than 120",
            "Set liveness_probe.failure_threshold to 119 or less",
        ),
        (
            {"readiness_probe": {"failure_threshold": 120}},
            "readiness_probe.failure_threshold is 120, but Azure accepts less than 120",
            "Set readiness_probe.failure_threshold to 119 or less",
        ),
        (
            {"model": {"path": "azureml:scorer:1"}},
            "model.path is azureml:scorer:1, which names a registered model, not a path",
            "Write model: azureml:scorer:1.",
        ),
    ],
)
def test_settings_that_azure_refuses(document: dict[str, Any], problem: str, fix: str) -> None:
    """The message names file, field and limit; the hint says what to write."""
    with pytest.raises(InvalidSpec) as caught:
        check_settings("blue.yml", document)
    assert caught.value.message == f"blue.yml: {problem}"
    assert caught.value.hint.startswith(fix)


def test_all_settings_are_named_at_once() -> None:
    """Two errors in one file take one correction."""
    document = {"request_settings": {"request_timeout_ms": 300_000}, "readiness_probe": {"failure_threshold": 200}}
    with pytest.raises(InvalidSpec, match=r"request_timeout_ms is 300000.*; readiness_probe.failure_threshold is 200"):
        check_settings("blue.yml", document)


@pytest.mark.parametrize("value", ["enabled", "disabled"])
def test_an_egress_that_is_set(value: str) -> None:
    """Either value is refused, and the field to remove is named."""
    with pytest.raises(InvalidSpec) as caught:
        check_egress("blue.yml", {"egress_public_network_access": value})
    assert f"egress_public_network_access: {value}" in caught.value.message
    assert "Remove the field egress_public_network_access" in caught.value.hint


def test_an_egress_that_is_not_set() -> None:
    """A file without the field is right."""
    check_egress("blue.yml", {"name": "blue"})
