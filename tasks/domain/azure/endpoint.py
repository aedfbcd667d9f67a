"""The online endpoint: its spec, and the value that Azure returns."""

from __future__ import annotations

from typing import Annotated, Literal
from urllib.parse import urlsplit

from pydantic import BaseModel, Field

from tasks.domain.azure.governance.identity import EndpointIdentity
from tasks.domain.azure.traffic import same_shares, share_of
from tasks.domain.azure.workspace import PublicNetworkAccess
from tasks.domain.common.forms import OrEmpty
from tasks.domain.common.naming import ONLINE_RULE, EndpointName

AuthMode = Literal["key", "aml_token", "aad_token"]


class EndpointSpec(BaseModel, frozen=True, extra="forbid"):
    """A managed online endpoint."""

    name: EndpointName = Field(description=f"{ONLINE_RULE}. Unique in its region; overrides the `name:` of the file.")
    file: str = Field(description="The endpoint's YAML file. Path on the worker, relative to the project folder.")
    public_network_access: PublicNetworkAccess = Field(
        default="disabled", description="enabled: it can be called from the internet."
    )
    auth_mode: Annotated[AuthMode | None, OrEmpty()] = Field(
        default=None, description="Authentication of callers. Empty: as the file says."
    )


class Endpoint(BaseModel, frozen=True):
    """An endpoint as Azure returns it.

    Attributes:
        provisioning_state: Creating, Updating, Deleting, Succeeded, Failed or Canceled.
        auth_mode: key, aml_token or aad_token, in lower case.
        public_network_access: enabled or disabled, in lower case.
        created: When Azure created it, in Azure's own form.
    """

    id: str
    name: str
    location: str
    provisioning_state: str
    scoring_uri: str = ""
    auth_mode: AuthMode = "key"
    public_network_access: PublicNetworkAccess = "enabled"
    traffic: dict[str, int] = {}
    mirror_traffic: dict[str, int] = {}
    created: str = ""
    tags: dict[str, str] = {}
    identity: EndpointIdentity = EndpointIdentity()

    def routes_to(self, deployment: str) -> bool:
        """Return whether an online deployment has live or mirror traffic."""
        return share_of(self.traffic, deployment) > 0 or share_of(self.mirror_traffic, deployment) > 0

    def routes_like(self, other: Endpoint) -> bool:
        """Return whether both have the same live and mirror traffic."""
        live = same_shares(self.traffic, other.traffic)
        return live and same_shares(self.mirror_traffic, other.mirror_traffic)

    @property
    def scoring_host(self) -> str:
        """The host name that callers resolve."""
        return urlsplit(self.scoring_uri).hostname or ""
