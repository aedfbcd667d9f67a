"""The scoring requests of a rollout: one sample request, or the team's golden requests, also by endpoint."""

from __future__ import annotations

from collections.abc import Mapping
from fnmatch import fnmatchcase
from typing import Annotated, Final

from pydantic import AfterValidator, BaseModel, Field

from tasks.domain.azure.request_content import check_request_text
from tasks.domain.common.errors import InvalidSpec


def _json_text(value: str) -> str:
    if value:
        try:
            check_request_text(value)
        except ValueError as error:
            raise ValueError(f"the sample request is not valid JSON: {error}.") from error
    return value


class RolloutRequests(BaseModel, frozen=True, extra="forbid", title="Requests", hide_input_in_errors=True):
    """The requests. A rollout needs at least one for its endpoint: a deployment is verified by calling it."""

    sample: Annotated[str, AfterValidator(_json_text)] = Field(
        default="",
        title="Sample request",
        description="JSON text of a scoring request, or a data URL of other content. It is stored as plain text.",
    )
    golden_files: tuple[str, ...] = Field(
        default=(),
        title="Golden requests",
        description="Paths of files on the worker, JSON or other content, each a scoring request whose answers are "
        "compared.",
    )
    by_endpoint: Mapping[str, tuple[str, ...]] = Field(
        default={},
        title="Golden requests by endpoint",
        description='Paths by endpoint name or pattern, such as {"churn-*": ["golden/churn.json"]}; the first match is '
        "used, instead of the two above. For rollouts that start on events, whose endpoint is not known before.",
    )

    def of(self, endpoint: str) -> RolloutRequests:
        """Return the requests for an endpoint; empty when there are none."""
        declared = self.by_endpoint.items()
        files = next((files for name, files in declared if fnmatchcase(endpoint.lower(), name.lower())), ())
        own = {"sample": self.sample, "golden_files": self.golden_files}
        return RolloutRequests.model_validate({"golden_files": files} if files else own)

    def __bool__(self) -> bool:
        """Return whether there is a request; ask it of the requests for one endpoint."""
        return bool(self.sample or self.golden_files)


NO_REQUESTS: Final = RolloutRequests()


def require_requests(endpoint: str, requests: RolloutRequests) -> None:
    """Refuse a rollout without a request.

    Raises:
        InvalidSpec: When there is none.
    """
    if not requests:
        raise InvalidSpec(
            f"no scoring request is declared for endpoint {endpoint}, and a rollout without one can't be verified. "
            'Declare one in the parameter Requests of the deployment "redeploy", by endpoint',
            f"In the Prefect UI: Deployments → redeploy → Edit → Requests → Golden requests by endpoint: "
            f'{{"{endpoint}": ["PATH-ON-THE-WORKER.json"]}}. Or give this run a sample request.',
        )
