"""What a team decides about its event service: who may send, whose events, and how much."""

from __future__ import annotations

import re
from typing import Annotated, Final, Self

from pydantic import Field, SecretStr, ValidationError, field_validator, model_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from deployments.validation import SettingsError, sentences
from tasks.domain.naming import Guid
from tasks.domain.target import Cloud
from tasks.domain.workspace_id import WorkspaceId

PREFIX: Final = "ENDPOINT_OPS_EVENTS_"
SHORTEST_KEY: Final = 24
EVENT_GRID: Final = "4962773b-9cdb-44cf-a8bf-237846a00ab7"  # Microsoft's own application id of Event Grid, public cloud

# As one text with commas, which is how variables hold lists.
Texts = Annotated[tuple[str, ...], NoDecode]


class EventSettings(BaseSettings):
    """The variables ``ENDPOINT_OPS_EVENTS_*``."""

    model_config = SettingsConfigDict(env_prefix=PREFIX, frozen=True, hide_input_in_errors=True)

    topics: Texts = Field(description="The ARM ids of the workspaces whose events are taken, with commas between.")
    key: SecretStr | None = Field(default=None, description="What a caller has to know; at least 24 characters.")
    old_key: SecretStr | None = Field(default=None, description="The key before, for as long as both are to be good.")
    tenant: Guid | None = Field(default=None, description="The tenant whose tokens are good.")
    audience: str | None = Field(default=None, description="The application (its URI or id) that tokens must be for.")
    callers: Texts = Field(default=(EVENT_GRID,), description="The ids of the applications that may send.")
    cloud: Cloud = "public"
    origins: Texts = Field(default=("eventgrid.azure.net",), description="Who may ask by CloudEvents' handshake.")
    routes: str = Field(default="main", description="The Prefect block Model routes whose gates are applied.")
    most_bytes: int = Field(default=1_250_000, gt=0, description="A longer body is refused.")
    per_second: float = Field(default=50, gt=0, description="Requests a second that are taken in the long run.")
    burst: int = Field(default=2000, gt=0, description="Requests that are taken at once after a quiet time.")

    @field_validator("topics", "callers", "origins", mode="before")
    @classmethod
    def _as_list(cls, value: object) -> object:
        return tuple(one.strip() for one in value.split(",") if one.strip()) if isinstance(value, str) else value

    @field_validator("topics")
    @classmethod
    def _are_workspaces(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        wrong = [one for one in value if WorkspaceId.parse(one) is None]
        if wrong or not value:
            raise ValueError(f"{', '.join(wrong) or 'nothing'} is no ARM id of an Azure Machine Learning workspace.")
        return tuple(one.lower().rstrip("/") for one in value)

    @field_validator("key", "old_key")
    @classmethod
    def _can_be_sent(cls, value: SecretStr | None) -> SecretStr | None:
        if value is not None and not re.fullmatch(r"[!-~]+", value.get_secret_value()):
            raise ValueError("a key has letters, digits and signs of ASCII only, and no spaces: it goes into a header.")
        if value is not None and len(value.get_secret_value()) < SHORTEST_KEY:
            raise ValueError(f"a key has at least {SHORTEST_KEY} characters: `openssl rand -hex 24` makes a good one.")
        return value

    @model_validator(mode="after")
    def _knows_its_callers(self) -> Self:
        if bool(self.tenant) != bool(self.audience):
            raise ValueError("tokens are judged by both a tenant and an audience.")
        if not self.key and not self.tenant:
            raise ValueError("set a key, or a tenant and an audience: nobody may send without one.")
        return self

    @property
    def keys(self) -> tuple[str, ...]:
        """The keys that are good."""
        return tuple(one.get_secret_value() for one in (self.key, self.old_key) if one)


def read_settings() -> EventSettings:
    """The settings from the environment.

    Raises:
        SettingsError: With every variable that is unset or wrong.
    """
    try:
        return EventSettings()  # type: ignore[call-arg]  # the environment has them
    except ValidationError as error:
        raise SettingsError(
            "\n".join(sentences(error, EventSettings, PREFIX))
        ) from None  # its text could repeat a secret
