"""Assets of a workspace: the kinds that exist, and the places of their files."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from deployments.emulator.core import Emulator
from deployments.emulator.errors import ArmError
from deployments.emulator.services.machine_learning.ids import PROVIDER
from deployments.emulator.services.machine_learning.refusals import missing, user_error
from deployments.emulator.services.storage import blobs


def _code(desired: dict[str, Any]) -> dict[str, Any]:
    return {"codeUri": desired.get("codeUri"), "provisioningState": "Succeeded"}


def _model(desired: dict[str, Any]) -> dict[str, Any]:
    uri, kind = desired.get("modelUri"), desired.get("modelType") or "custom_model"
    return {
        "flavors": desired.get("flavors") or {},
        "modelType": kind,
        "modelUri": uri,
        "jobName": desired.get("jobName"),
        "stage": desired.get("stage"),
    }


def _data(desired: dict[str, Any]) -> dict[str, Any]:
    return {"dataUri": desired.get("dataUri"), "dataType": desired.get("dataType", "uri_folder")}


def _environment(desired: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = {"environmentType": "UserCreated", "osType": desired.get("osType") or "Linux"}
    found |= {name: desired[name] for name in ("image", "build", "inferenceConfig", "autoRebuild") if desired.get(name)}
    if desired.get("condaFile"):
        found["condaFile"] = _conda(desired["condaFile"])
    return found


def _conda(text: str) -> str:
    """Azure keeps the conda file as JSON (recorded)."""
    try:
        return json.dumps(yaml.safe_load(text), indent=2)
    except yaml.YAMLError as error:
        raise user_error(f"The conda file of the environment is not valid YAML: {error}") from error


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of asset: its folder in addresses, its name in messages, its properties; `uri` is that of its files."""

    folder: str
    title: str
    properties: Callable[[dict[str, Any]], dict[str, Any]]
    uri: str = ""
    shared: tuple[str, ...] = ()  # what the container says of all its versions

    @property
    def container_type(self) -> str:
        return f"{PROVIDER}/workspaces/{self.folder}"


CODES = Kind("codes", "code", _code, "codeUri")
MODELS = Kind("models", "model", _model, "modelUri")
ENVIRONMENTS = Kind("environments", "environment", _environment)
DATA = Kind("data", "data asset", _data, "dataUri", shared=("dataType",))
KINDS = (CODES, MODELS, ENVIRONMENTS, DATA)


def files_of(emulator: Emulator, asset: str) -> Path:
    """The file or folder of a code, model or data version; `asset` is its ARM id, or the address of the files.

    Raises:
        ArmError: 404, where the version or its files don't exist.
    """
    if not asset.lower().startswith("/subscriptions/"):
        return blobs.local_path(emulator, https_address(emulator, asset))
    version = emulator.resources.get(asset)
    if version is None:
        raise missing("asset", asset)
    kind = next((kind for kind in KINDS if f"/{kind.folder}/" in asset.lower() and kind.uri), None)
    if kind is None:
        raise user_error(f"'{asset}' is not an asset with files.")
    return blobs.local_path(emulator, https_address(emulator, str(version.properties[kind.uri])))


def https_address(emulator: Emulator, uri: str) -> str:
    """The blob address behind `azureml://subscriptions/…/datastores/{name}/paths/{path}`; others stay as they are.

    Raises:
        ArmError: 404, where the datastore does not exist; 400, where the address has another form.
    """
    if not uri.startswith("azureml://"):
        return uri
    place, marker, path = uri.removeprefix("azureml:/").partition("/paths/")
    scope, _, datastore = place.partition("/datastores/")
    head, _, workspace = scope.partition("/workspaces/")
    found = emulator.resources.get(f"{head}/providers/{PROVIDER}/workspaces/{workspace}/datastores/{datastore}")
    if not marker or found is None:
        raise ArmError(404 if marker else 400, "UserError", f"'{uri}' does not name a datastore of this workspace.")
    properties = found.properties
    host = f"{properties['accountName']}.blob.{properties['endpoint']}"
    return f"https://{host}/{properties['containerName']}/{path}"
