"""The online deployment: its spec, its uploaded assets, and the value that Azure returns."""

from __future__ import annotations

from pydantic import BaseModel, Field

from tasks.domain.common.naming import ONLINE_RULE, OnlineDeploymentName
from tasks.domain.common.redaction import SafeText


class OnlineDeploymentSpec(BaseModel, frozen=True, extra="forbid"):
    """A managed online deployment."""

    name: OnlineDeploymentName = Field(default="blue", description=f"{ONLINE_RULE}. Overrides the `name:` of the file.")
    file: str = Field(description="The deployment's YAML file. Path on the worker, relative to the project folder.")


class Assets(BaseModel, frozen=True):
    """The ARM ids of a deployment's model, code and environment; empty where it has none.

    Attributes:
        fingerprint: Digest of their local files, so that a later step detects edits.
    """

    model_id: str = ""
    code_id: str = ""
    environment_id: str = ""
    fingerprint: str = ""


class OnlineDeployment(BaseModel, frozen=True):
    """An online deployment as Azure returns it.

    Attributes:
        provisioning_state: Creating, Updating, Scaling, Deleting, Succeeded, Failed or Canceled.
        instance_count: The requested number of instances.
        operation_url: Where Azure reports the result of its last operation, for as long as Azure keeps it.
        created: When Azure created it, in Azure's own form.
    """

    id: str
    name: str
    endpoint: str
    provisioning_state: str
    instance_type: str = ""
    instance_count: int = 0
    model_id: str = ""
    code_id: str = ""
    environment_id: str = ""
    egress_public_network_access: str = ""
    operation_url: str = ""
    created: str = ""
    tags: dict[str, str] = {}

    @property
    def has_logs(self) -> bool:
        """False while Azure refuses to return its containers' logs."""
        return self.provisioning_state.lower() not in {"creating", "deleting"}


class ProvisioningError(BaseModel, frozen=True):
    """The failure of the last operation on an endpoint or online deployment, in Azure's words, with the fix.

    Attributes:
        code: Azure's code, or the word that leads the message of a container's failure; empty without either.
        is_quota: True for a quota: it does not result from the workspace, the network or the code.
    """

    name: str
    code: SafeText
    message: SafeText = ""
    hint: SafeText = ""
    is_quota: bool = False

    @property
    def sentence(self) -> str:
        """What Azure said, whole, and its code once."""
        return self.message if not self.code or f"{self.code}: " in self.message else f"{self.code}: {self.message}"
