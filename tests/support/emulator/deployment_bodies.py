"""What an online deployment is requested with, straight from the emulator's control plane."""

from __future__ import annotations

from typing import Any

from support.emulator.control_plane import REGION, ControlPlane


def asked(instances: int = 1, **properties: Any) -> dict[str, Any]:
    """The body of an online deployment."""
    wanted = {"endpointComputeType": "Managed", "instanceType": "Standard_DS3_v2", **properties}
    return {"location": REGION, "properties": wanted, "sku": {"name": "Default", "capacity": instances}}


async def assets(plane: ControlPlane, workspace: str, **environment: Any) -> dict[str, Any]:
    """A registered model, code and environment, as the properties of an online deployment name them."""
    store = (await plane.get(f"{workspace}/datastores/workspaceblobstore"))["properties"]
    host = f"https://{store['accountName']}.blob.core.windows.net/{store['containerName']}"
    model = await plane.put(f"{workspace}/models/m/versions/1", {"properties": {"modelUri": f"{host}/model"}})
    code = await plane.put(f"{workspace}/codes/c/versions/1", {"properties": {"codeUri": f"{host}/code"}})
    image = {"image": "mcr.microsoft.com/base", **environment}
    place = await plane.put(f"{workspace}/environments/e/versions/1", {"properties": image})
    return {"model": model, "codeConfiguration": {"codeId": code, "scoringScript": "score.py"}, "environmentId": place}
