"""Read endpoints, their online deployments, credentials and clusters from the control plane."""

from __future__ import annotations

from typing import Final

from tasks.clients.control_plane.endpoints import ENDPOINT_API, as_endpoint
from tasks.clients.control_plane.online_deployments import ONLINE_DEPLOYMENT_API, as_online_deployment
from tasks.clients.transport.arm_async import Reads
from tasks.clients.transport.hints import fill_in
from tasks.clients.transport.known_errors import find_known_error
from tasks.clients.transport.wire import Call, Json, unusable
from tasks.domain.azure.kubernetes import KubernetesCluster
from tasks.domain.azure.online_deployment import OnlineDeployment, ProvisioningError
from tasks.domain.common import errors
from tasks.domain.diagnostics.diagnosed import DiagnosedEndpoint

_COMPUTE_API: Final = "2023-08-01-preview"
_EXTENSION_API: Final = "2023-05-01"
_EXTENSION: Final = "microsoft.azureml.kubernetes"
_PAGE: Final = 1000
_MESSAGE_CHARS: Final = 2000


async def list_endpoints(reads: Reads, workspace_id: str) -> tuple[DiagnosedEndpoint, ...]:
    """List all endpoints of a workspace, with one request per 1,000."""
    path = f"{workspace_id}/onlineEndpoints"
    doing = f"list endpoints of {workspace_id.rsplit('/', 1)[-1]}"
    return tuple(_as_endpoint(one) for one in await reads.read_all(doing, path, ENDPOINT_API, {"count": str(_PAGE)}))


async def read_endpoint(reads: Reads, resource_id: str) -> DiagnosedEndpoint:
    """Read one endpoint.

    Raises:
        NotFound: When it does not exist.
    """
    return _as_endpoint(await reads.read(f"read endpoint {resource_id.rsplit('/', 1)[-1]}", resource_id, ENDPOINT_API))


async def list_online_deployments(reads: Reads, endpoint_id: str) -> tuple[OnlineDeployment, ...]:
    """List all online deployments of an endpoint, in one request."""
    doing = f"list online deployments of {endpoint_id.rsplit('/', 1)[-1]}"
    listing = await reads.read_all(doing, f"{endpoint_id}/deployments", ONLINE_DEPLOYMENT_API)
    return tuple(as_online_deployment(one) for one in listing)


async def read_provisioning_error(reads: Reads, name: str, operation_url: str) -> ProvisioningError | None:
    """Read why the last operation on an endpoint or online deployment failed; None where Azure no longer has it."""
    if not operation_url:
        return None
    try:
        status = (await reads.exchange(Call(f"read the last operation on {name}", "GET", operation_url))).body
    except errors.EndpointOpsError:  # it only adds details to a failure that is reported anyway
        return None
    error = status.get("error") or {}
    code, message = str(error.get("code") or ""), str(error.get("message") or "")
    if not (code or message):
        return None
    known = find_known_error([(code, message)])
    hint, code = (fill_in(known[0].hint, message), known[1]) if known else ("", code)
    is_quota = known is not None and known[0].kind is errors.QuotaExceeded
    return ProvisioningError(name=name, code=code, message=message[:_MESSAGE_CHARS], hint=hint, is_quota=is_quota)


async def fetch_secret(reads: Reads, endpoint: DiagnosedEndpoint) -> str:
    """Fetch the key or token for scoring calls. It goes into the request and nowhere else.

    A key or aml_token costs one control-plane write; an aad_token is shared by all endpoints and costs none.

    Raises:
        EndpointOpsError: When Azure doesn't return it.
    """
    if endpoint.auth_mode == "aad_token":
        return await reads.tokens.get(reads.addresses.scoring_scope)
    action, name = ("listKeys", "primaryKey") if endpoint.auth_mode == "key" else ("token", "accessToken")
    doing = f"get the credentials of endpoint {endpoint.name}"
    answer = await reads.exchange(Call(doing, "POST", f"{endpoint.id}/{action}", ENDPOINT_API))
    if not (secret := answer.body.get(name)):
        raise unusable(doing, f"no {name} in it", answer.headers)
    return str(secret)


async def read_cluster(reads: Reads, compute_id: str) -> KubernetesCluster:
    """Read the inference settings of the cluster that an endpoint runs in."""
    name = compute_id.rsplit("/", 1)[-1]
    compute = (await reads.read(f"read compute {name}", compute_id, _COMPUTE_API))["properties"]
    ssl = ((compute.get("properties") or {}).get("sslConfiguration")) or {}
    cluster_id = compute.get("resourceId") or ""
    settings = await _extension_settings(reads, cluster_id) if cluster_id else {}
    return KubernetesCluster(
        compute=name,
        cluster_id=cluster_id,
        cname=settings.get("sslCname") or ssl.get("cname") or "",
    )


async def _extension_settings(reads: Reads, cluster_id: str) -> Json:
    path = f"{cluster_id}/providers/Microsoft.KubernetesConfiguration/extensions"
    extensions = await reads.read_all(f"list extensions of {cluster_id.rsplit('/', 1)[-1]}", path, _EXTENSION_API)
    ours = (one["properties"] for one in extensions)
    settings = (one.get("configurationSettings") for one in ours if _is_azure_ml(one))
    return next((one for one in settings if one), {})


def _is_azure_ml(properties: Json) -> bool:
    return str(properties.get("extensionType") or "").lower() == _EXTENSION


def _as_endpoint(body: Json) -> DiagnosedEndpoint:
    properties = body["properties"]
    return DiagnosedEndpoint(
        **dict(as_endpoint(body)),
        compute_id=properties.get("compute") or "",
        operation_url=(properties.get("properties") or {}).get("AzureAsyncOperationUri") or "",
    )
