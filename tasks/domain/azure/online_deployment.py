"""The online deployment: what is asked for, what was uploaded for it, and what Azure shows."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, Field

from tasks.domain.common.naming import ONLINE_RULE, OnlineDeploymentName


class OnlineDeploymentSpec(BaseModel):
    """A managed online deployment."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: OnlineDeploymentName = Field(default="blue", description=f"{ONLINE_RULE}. Overrides the file's name.")
    file: str = Field(
        description="The deployment's YAML file, in Azure ML's own schema. Relative paths in it start at its folder."
    )


class Assets(BaseModel):
    """The ARM ids of what a deployment is made of; empty where it has none.

    Attributes:
        fingerprint: Of the local files that they came from, so that a later step notices edited ones.
    """

    model_config = ConfigDict(frozen=True)

    model_id: str = ""
    code_id: str = ""
    environment_id: str = ""
    fingerprint: str = ""


class OnlineDeployment(BaseModel):
    """An online deployment as Azure shows it.

    Attributes:
        provisioning_state: Creating, Updating, Scaling, Deleting, Succeeded, Failed or Canceled.
        instance_count: The number of instances asked for.
        operation_url: Where Azure tells how its last operation ended, for as long as Azure knows.
    """

    model_config = ConfigDict(frozen=True)

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
    tags: dict[str, str] = {}


class ProvisioningError(BaseModel):
    """Why the last operation on an endpoint or online deployment failed, in Azure's words, and what to do about it."""

    model_config = ConfigDict(frozen=True)

    name: str
    code: str
    message: str = ""
    hint: str = ""
