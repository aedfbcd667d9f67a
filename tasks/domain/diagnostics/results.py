"""The results of a diagnosis: of an endpoint, of a workspace with its endpoints, of a whole scope."""

from __future__ import annotations

from collections.abc import Mapping
from fnmatch import fnmatchcase

from pydantic import BaseModel, Field, field_validator

from tasks.domain.azure.request_content import check_request_text
from tasks.domain.diagnostics.finding import Finding
from tasks.domain.diagnostics.subject import Expectations
from tasks.domain.diagnostics.verdict import EndpointVerdict


class Samples(BaseModel, frozen=True, extra="forbid"):
    """Sample requests as JSON text, by endpoint name or pattern; the first match is used.

    Endpoints that match an empty text are not called.
    """

    requests: Mapping[str, str] = Field(
        default={}, description="JSON text of a scoring request, or a data URL, by pattern."
    )

    @field_validator("requests")
    @classmethod
    def _are_json(cls, requests: Mapping[str, str]) -> Mapping[str, str]:
        """Refuse invalid JSON, which would look like a model error. The message does not repeat the text."""
        for pattern, text in requests.items():
            try:
                check_request_text(text or "{}")
            except ValueError as error:
                raise ValueError(f"the sample request for {pattern!r} is not valid JSON: {error}") from None
        return requests

    def of(self, endpoint: str) -> str:
        """Return the request for an endpoint; empty when there is none."""
        return next((text for name, text in self.requests.items() if fnmatchcase(endpoint.lower(), name.lower())), "")


class DiagnosisRequest(BaseModel, frozen=True):
    """The request for a diagnosis: sample requests for calls, and expectations."""

    samples: Samples = Samples()
    expectations: Expectations = Expectations()


class EndpointDiagnosis(BaseModel, frozen=True):
    """One endpoint: the verdict over its own findings and its workspace's."""

    id: str
    name: str
    workspace: str
    verdict: EndpointVerdict
    findings: tuple[Finding, ...]
    latency_seconds: float | None = None


class WorkspaceDiagnosis(BaseModel, frozen=True):
    """One workspace.

    Attributes:
        findings: On the workspace itself; they apply to all its endpoints.
        trouble: Why its endpoints could not be listed; empty when they were.
    """

    id: str
    name: str
    findings: tuple[Finding, ...] = ()
    endpoints: tuple[EndpointDiagnosis, ...] = ()
    trouble: str = ""


class Diagnosis(BaseModel, frozen=True):
    """A whole scope, and the requests of the control plane that it took (``reads`` and ``writes``)."""

    workspaces: tuple[WorkspaceDiagnosis, ...] = ()
    requests: Mapping[str, int] = {}

    @property
    def endpoints(self) -> tuple[EndpointDiagnosis, ...]:
        """All endpoints."""
        return tuple(one for workspace in self.workspaces for one in workspace.endpoints)
