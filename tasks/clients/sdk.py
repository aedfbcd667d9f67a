"""The heavy SDK, azure-ai-ml, imported and built only when a method needs it."""

from __future__ import annotations

import logging
from functools import cached_property
from typing import TYPE_CHECKING, Final

from azure.core.credentials import TokenCredential

from tasks.clients.clouds import CloudAddresses
from tasks.domain.target import AzureTarget

if TYPE_CHECKING:
    from azure.ai.ml import MLClient

# They print progress to stderr by handlers of their own, past every logging setting.
_CHATTY: Final = (
    "azure.ai.ml",
    "azure.ai.ml._arm_deployments.arm_deployment_executor",
    "azure.ai.ml._utils._endpoint_utils",
)


class Sdk:
    """One MLClient, made at first use: the import takes seconds and 100 MB."""

    def __init__(self, target: AzureTarget, addresses: CloudAddresses, credential: TokenCredential) -> None:
        self._target = target
        self._addresses = addresses
        self._credential = credential

    @cached_property
    def ml_client(self) -> MLClient:
        """The client for the target's workspace, without telemetry, progress bars or chatter."""
        from azure.ai.ml import MLClient  # noqa: PLC0415  # see the class

        for name in _CHATTY:
            logging.getLogger(name).setLevel(logging.WARNING)
        return MLClient(
            self._credential,
            self._target.subscription_id,
            self._target.resource_group,
            self._target.workspace,
            cloud=self._addresses.sdk_name,
            enable_telemetry=False,
            show_progress=False,
        )
