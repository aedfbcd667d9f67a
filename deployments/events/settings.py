"""Settings of the event service: who may send, for which workspaces, and how much."""

from __future__ import annotations

import re
from typing import Annotated, Final, Self

from pydantic import Field, SecretStr, field_validator, model_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from tasks.domain.common.arm_id import WorkspaceId
from tasks.domain.common.naming import Guid
from tasks.domain.common.target import Cloud

PREFIX: Final = "ENDPOINT_OPS_EVENTS_"
MIN_KEY_CHARS: Final = 24
EVENT_GRID: Final = "4962773b-9cdb-44cf-a8bf-237846a00ab7"  # Microsoft's own application id of Event Grid, public cloud

# A text with commas in the environment.
Texts = Annotated[tuple[str, ...], NoDecode]


class EventSettings(BaseSettings):
    """The variables ``ENDPOINT_OPS_EVENTS_*``."""

    model_config = SettingsConfigDict(env_prefix=PREFIX, frozen=True, hide_input_in_errors=True)

    topics: Texts = Field(description="The ARM ids of the workspaces whose events are accepted, separated by commas.")
    key: SecretStr | None = Field(default=None, description="The key that callers send; at least 24 characters.")
    old_key: SecretStr | None = Field(default=None, description="The previous key, while both are valid.")
    tenant: Guid | None = Field(default=None, description="The tenant whose tokens are accepted.")
    audience: str | None = Field(default=None, description="The application (its URI or id) that tokens must be for.")
    callers: Texts = Field(default=(EVENT_GRID,), description="The ids of the applications that may send.")
    cloud: Cloud = "public"
    origins: Texts = Field(default=("eventgrid.azure.net",), description="The origins accepted in a handshake.")
    routes: str = Field(default="main", description="The Prefect block Model routes whose admission rules apply.")
    most_bytes: int = Field(default=1_250_000, gt=0, description="The maximum length of a body.")
    per_second: float = Field(default=50, gt=0, description="The sustained rate of requests.")
    burst: int = Field(default=2000, gt=0, description="The maximum burst of requests.")

    @field_validator("topics", "callers", "origins", mode="before")
    @classmethod
    def _as_list(cls, value: object) -> object:
        return tuple(one.strip() for one in value.split(",") if one.strip()) if isinstance(value, str) else value

    @field_validator("topics")
    @classmethod
    def _are_workspaces(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        wrong = [one for one in value if WorkspaceId.parse(one) is None]
        if wrong or not value:
            raise ValueError(f"{', '.join(wrong) or 'nothing'} is not the ARM id of an Azure ML workspace.")
        return tuple(one.lower().rstrip("/") for one in value)

    @field_validator("key", "old_key")
    @classmethod
    def _can_be_sent(cls, value: SecretStr | None) -> SecretStr | None:
        if value is not None and not re.fullmatch(r"[!-~]+", value.get_secret_value()):
            raise ValueError("a key is sent in a header: use only ASCII letters, digits and punctuation, no spaces.")
        if value is not None and len(value.get_secret_value()) < MIN_KEY_CHARS:
            raise ValueError(f"a key needs at least {MIN_KEY_CHARS} characters: `openssl rand -hex 24` makes one.")
        return value

    @model_validator(mode="after")
    def _knows_its_callers(self) -> Self:
        if bool(self.tenant) != bool(self.audience):
            raise ValueError("tokens need both a tenant and an audience: set both, or neither.")
        if not self.key and not self.tenant:
            raise ValueError("set a key, or a tenant and an audience: callers must authenticate.")
        return self

    @property
    def keys(self) -> tuple[str, ...]:
        """Return the valid keys."""
        return tuple(one.get_secret_value() for one in (self.key, self.old_key) if one)
