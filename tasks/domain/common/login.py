"""Ways to sign in to Azure."""

from __future__ import annotations

from typing import Final

from pydantic import BaseModel, SecretStr


class MachineLogin(BaseModel, frozen=True):
    """The identity of the machine, or the one that the environment names: azure-identity's default chain.

    Attributes:
        client_id: The user-assigned identity, where the machine has several.
    """

    client_id: str | None = None


class WorkloadLogin(BaseModel, frozen=True):
    """The federated identity of a Kubernetes workload; the token file comes from its environment."""

    tenant_id: str | None = None
    client_id: str | None = None


class SecretLogin(BaseModel, frozen=True):
    """An application with a client secret."""

    tenant_id: str
    client_id: str
    client_secret: SecretStr


Login = MachineLogin | WorkloadLogin | SecretLogin
MACHINE: Final = MachineLogin()
