"""The scoring requests of a rollout: one sample request, or the team's golden requests."""

from __future__ import annotations

from typing import Annotated, Self

from pydantic import AfterValidator, BaseModel, Field, model_validator

from tasks.domain.azure.request_content import check_request_text


def _json_text(value: str) -> str:
    if value:
        try:
            check_request_text(value)
        except ValueError as error:
            raise ValueError(f"the sample request is not valid JSON: {error}.") from error
    return value


class RolloutRequests(BaseModel, frozen=True, extra="forbid", title="Requests", hide_input_in_errors=True):
    """The requests. At least one is required: a deployment is verified by calling it."""

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

    @model_validator(mode="after")
    def _is_something(self) -> Self:
        if not (self.sample or self.golden_files):
            raise ValueError("give a sample request or golden request files: a rollout needs at least one.")
        return self
