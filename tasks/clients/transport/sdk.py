"""The heavy SDK, azure-ai-ml, imported and created only when a method needs it."""

from __future__ import annotations

import contextlib
import logging
from functools import cached_property
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from azure.core.credentials import TokenCredential
from azure.core.exceptions import ResourceNotFoundError

from tasks.clients.transport.clouds import CloudAddresses
from tasks.clients.transport.retrying import TemporaryRetryPolicy
from tasks.clients.transport.sdk_repairs import repair_uploads
from tasks.domain.common.target import AzureTarget

if TYPE_CHECKING:
    from azure.ai.ml import MLClient
    from azure.ai.ml.entities import ManagedOnlineDeployment

# These loggers print progress to stderr through their own handlers, whatever the logging settings are.
_CHATTY: Final = (
    "azure.ai.ml",
    "azure.ai.ml._arm_deployments.arm_deployment_executor",
    "azure.ai.ml._utils._endpoint_utils",
)


_CONTENT_TAG: Final = "azureml-endpoint-ops-content"
_MAX_VERSIONS: Final = 20
_ANONYMOUS_ENVIRONMENT: Final = "CliV2AnonymousEnvironment"


class Sdk:
    """One MLClient, created at first use: the import takes seconds and 100 MB."""

    def __init__(self, target: AzureTarget, addresses: CloudAddresses, credential: TokenCredential) -> None:
        self._target = target
        self._addresses = addresses
        self._credential = credential

    @cached_property
    def ml_client(self) -> MLClient:
        """The client for the target's workspace, without telemetry, progress bars or log output."""
        from azure.ai.ml import MLClient  # noqa: PLC0415  # see the class

        repair_uploads()
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
            retry_policy=TemporaryRetryPolicy(),
        )

    def upload(self, deployment: ManagedOnlineDeployment) -> tuple[str, str, str]:
        """Upload a deployment's model, code and environment, as the SDK does before it creates one.

        Returns:
            The ids of model, code and environment; empty where the deployment has none.
        """
        from azure.ai.ml._utils._endpoint_utils import upload_dependencies  # noqa: PLC0415  # see the class
        from azure.ai.ml.operations._operation_orchestrator import OperationOrchestrator  # noqa: PLC0415  # see above

        client = self.ml_client
        _reuse_model(client, deployment)
        _reuse_environment(client, deployment)
        # The SDK has no public API to upload code alone; its begin_create_or_update passes on these three values.
        operations = client.online_deployments
        orchestrator = OperationOrchestrator(
            operation_container=operations._all_operations,  # noqa: SLF001  # see above
            operation_scope=operations._operation_scope,  # noqa: SLF001  # see above
            operation_config=operations._operation_config,  # noqa: SLF001  # see above
        )
        upload_dependencies(deployment, orchestrator)
        configuration = deployment.code_configuration
        code = configuration.code if configuration else None
        return str(deployment.model or ""), str(code or ""), str(deployment.environment or "")

    def register_collected_data(self, deployment: ManagedOnlineDeployment) -> None:
        """Register the data assets of a deployment's data collector, as the SDK does before it creates one."""
        with_collections: Any = self.ml_client.online_deployments
        with_collections._register_collection_data_assets(deployment)  # noqa: SLF001  # the SDK has no public way


def _reuse_model(client: MLClient, deployment: ManagedOnlineDeployment) -> None:
    """Use the registered version with the same content, where the file names no version.

    The SDK numbers or registers a new version on every call, so no deployment would ever match the present one.
    """
    from azure.ai.ml._utils._asset_utils import get_ignore_file, get_object_hash  # noqa: PLC0415  # see Sdk
    from azure.ai.ml.entities import Model  # noqa: PLC0415  # see Sdk

    model = deployment.model
    if not isinstance(model, Model) or not model.name or not Path(str(model.path)).exists():
        return
    if model._is_anonymous:  # noqa: SLF001  # the only sign that the name is the hash of the content
        with contextlib.suppress(ResourceNotFoundError):
            deployment.model = client.models.get(model.name, model.version).id
        return
    if model.version:
        return
    path = Path(str(model.path))
    content = str(get_object_hash(path, get_ignore_file(path)))
    model.tags = {**(model.tags or {}), _CONTENT_TAG: content}
    for version in islice(client.models.list(name=model.name), _MAX_VERSIONS):
        if (version.tags or {}).get(_CONTENT_TAG) == content and version.type == model.type:
            deployment.model = version.id
            return


def _reuse_environment(client: MLClient, deployment: ManagedOnlineDeployment) -> None:
    """Use the registered environment with the same definition, where the file gives it no name.

    The SDK names such an environment by the hash of its definition, and registers it on every call.
    """
    from azure.ai.ml.entities import Environment  # noqa: PLC0415  # see Sdk

    requested = deployment.environment
    if not isinstance(requested, Environment) or requested.name != _ANONYMOUS_ENVIRONMENT or not requested.version:
        return
    with contextlib.suppress(ResourceNotFoundError):
        deployment.environment = client.environments.get(requested.name, requested.version).id
