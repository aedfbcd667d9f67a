"""Azure's rules for the settings of an online deployment that its YAML file alone can break."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from tasks.domain.common.errors import InvalidSpec

_TIMEOUT_MS: Final = (50, 180_000)
_FAILURE_THRESHOLD: Final = 120
_PROBES: Final = ("liveness_probe", "readiness_probe")
_EGRESS: Final = "egress_public_network_access"
_REFERENCE: Final = "azureml:"
_URI: Final = "azureml://"


def check_settings(file: str, document: Mapping[str, Any]) -> None:
    """Check the request timeout, the probes and the model's path (docs: how-to-manage-quotas).

    Raises:
        InvalidSpec: With every setting that Azure would refuse, and its limit.
    """
    problems = [*_model_problems(document), *_timeout_problems(document), *_probe_problems(document)]
    if problems:
        raise InvalidSpec(
            f"{file}: {'; '.join(problem for problem, _ in problems)}", " ".join(fix for _, fix in problems)
        )


def check_egress(file: str, document: Mapping[str, Any]) -> None:
    """Check that a file for a workspace with a managed network doesn't set the egress, to either value.

    Raises:
        InvalidSpec: With the field to remove (docs: concept-secure-online-endpoint).
    """
    if document.get(_EGRESS) is not None:
        raise InvalidSpec(
            f"{file} sets {_EGRESS}: {document[_EGRESS]}, which Azure refuses, with either value, in a workspace "
            "with a managed network",
            f"Remove the field {_EGRESS} from the file: the workspace's outbound rules decide.",
        )


def _model_problems(document: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    path = str(_inner(document, "model", "path"))
    if path.startswith(_REFERENCE) and not path.startswith(_URI):
        yield f"model.path is {path}, which names a registered model, not a path", f"Write model: {path}."


def _timeout_problems(document: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    timeout, (least, most) = _inner(document, "request_settings", "request_timeout_ms"), _TIMEOUT_MS
    if _is_number(timeout) and not least <= timeout <= most:
        yield (
            f"request_settings.request_timeout_ms is {timeout}, but Azure accepts {least} to {most:,} ms",
            f"Set request_timeout_ms to {least} to {most}.",
        )


def _probe_problems(document: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    for probe in _PROBES:
        failures = _inner(document, probe, "failure_threshold")
        if _is_number(failures) and failures >= _FAILURE_THRESHOLD:
            yield (
                f"{probe}.failure_threshold is {failures}, but Azure accepts less than {_FAILURE_THRESHOLD}",
                f"Set {probe}.failure_threshold to {_FAILURE_THRESHOLD - 1} or less, or its period to more.",
            )


def _inner(document: Mapping[str, Any], section: str, field: str) -> Any:
    values = document.get(section)
    return values.get(field) if isinstance(values, Mapping) else None


def _is_number(value: object) -> bool:
    return isinstance(value, int | float)
