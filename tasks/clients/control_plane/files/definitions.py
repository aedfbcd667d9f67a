"""Read Azure ML's YAML files, reject what can't work, and build the request bodies that the SDK would send."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Final, cast

import yaml

from tasks.clients.control_plane.files.local_files import check_files, local_paths
from tasks.clients.transport.errors import translated
from tasks.clients.transport.wire import Json
from tasks.domain.azure.endpoint import EndpointSpec
from tasks.domain.azure.online_deployment import Assets, OnlineDeploymentSpec
from tasks.domain.azure.online_deployment_settings import check_settings
from tasks.domain.common import errors

if TYPE_CHECKING:
    from azure.ai.ml.entities import ManagedOnlineDeployment, ManagedOnlineEndpoint

_NOISE: Final = "In order to specify an existing"
_ENDPOINT_DOC: Final = "learn.microsoft.com/azure/machine-learning/reference-yaml-endpoint-online"
_DEPLOYMENT_DOC: Final = "learn.microsoft.com/azure/machine-learning/reference-yaml-deployment-managed-online"


def load_endpoint(spec: EndpointSpec) -> ManagedOnlineEndpoint:
    """Load the endpoint that the YAML and the spec define; the spec takes precedence.

    Raises:
        InvalidSpec: When the file is missing, is not valid YAML, or violates Azure ML's schema.
    """
    if "compute" in read_yaml(spec.file):
        raise _not_managed(spec.file)
    overrides: list[Json] = [{"name": spec.name}, {"public_network_access": spec.public_network_access}]
    if spec.auth_mode:
        overrides.append({"auth_mode": spec.auth_mode})
    from azure.ai.ml import load_online_endpoint  # noqa: PLC0415  # takes seconds, see Sdk

    loaded = _loaded(spec.file, _ENDPOINT_DOC, lambda: load_online_endpoint(spec.file, params_override=overrides))
    return cast("ManagedOnlineEndpoint", loaded)


def load_online_deployment(spec: OnlineDeploymentSpec, endpoint_name: str) -> ManagedOnlineDeployment:
    """Load the online deployment that the YAML and the spec define; the spec takes precedence.

    Raises:
        InvalidSpec: When a file is missing, a link leads nowhere or out of its folder, or the YAML is not valid,
            violates Azure ML's schema, or has a setting that Azure refuses.
    """
    document = read_yaml(spec.file)
    if str(document.get("type")).lower() == "kubernetes":
        raise _not_managed(spec.file)
    check_settings(spec.file, document)
    check_files(Path(spec.file), document)
    overrides: list[Json] = [{"name": spec.name}, {"endpoint_name": endpoint_name}]
    from azure.ai.ml import load_online_deployment as load  # noqa: PLC0415  # takes seconds, see Sdk

    loaded = _loaded(spec.file, _DEPLOYMENT_DOC, lambda: load(spec.file, params_override=overrides))
    return cast("ManagedOnlineDeployment", loaded)


def endpoint_body(endpoint: ManagedOnlineEndpoint, location: str) -> Json:
    """Return the body that the SDK's begin_create_or_update would put.

    That method is not called: it resets the traffic, waits without limit, and doesn't report why an operation failed.
    """
    body: Json = endpoint._to_rest_online_endpoint(location).as_dict(exclude_readonly=True)  # noqa: SLF001  # no public way
    return body


def online_deployment_body(deployment: ManagedOnlineDeployment, assets: Assets, location: str) -> Json:
    """Return the body that the SDK's begin_create_or_update would put, with uploaded assets.

    That method is not called: it prints dots to standard output and waits without limit.
    """
    deployment.model = assets.model_id or None
    deployment.environment = assets.environment_id or None
    if deployment.code_configuration and assets.code_id:
        deployment.code_configuration.code = assets.code_id
    body: Json = deployment._to_rest_object(location).as_dict(exclude_readonly=True)  # noqa: SLF001  # no public way
    return body


def fingerprint(spec: OnlineDeploymentSpec) -> str:
    """SHA-256 over the names, sizes and times of the definition and all local files that it names.

    Cheap even for large models; a change only triggers another upload.
    """
    start = Path(spec.file)
    entries: list[tuple[str, int, int]] = []
    for root in (start, *(path for _, path in local_paths(start, read_yaml(spec.file)))):
        files = sorted(one for one in root.rglob("*") if one.is_file()) if root.is_dir() else [root]
        entries += [(str(one), one.stat().st_size, one.stat().st_mtime_ns) for one in files if one.exists()]
    return hashlib.sha256(json.dumps([spec.name, entries]).encode()).hexdigest()


def read_yaml(file: str) -> Json:
    """Return the mapping in a YAML file.

    Raises:
        InvalidSpec: When the file is missing, can't be read, is not valid YAML, or is not a mapping.
    """
    try:
        document = yaml.safe_load(Path(file).read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        raise errors.InvalidSpec(f"{file} can't be read: {error}", "Correct the path, or the file.") from error
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        # Without the cause: it quotes the line, which may hold a secret.
        raise errors.InvalidSpec(f"{file} is not valid YAML: {_problem(error)}", "Correct the file.") from None
    if not isinstance(document, dict):
        raise errors.InvalidSpec(f"{file} is not a mapping of fields", "Write it as Azure ML's schema defines.")
    return document


def _problem(error: Exception) -> str:
    """Return what is wrong and where, without a word of the file."""
    if isinstance(error, RecursionError):
        return "it is nested too deeply"
    if not isinstance(error, yaml.MarkedYAMLError):
        return "it has an invalid value" if isinstance(error, ValueError) else "it has characters that YAML forbids"
    problem = re.sub(r"(['\"]).{2,}\1", "…", error.problem or "it can't be read")
    mark = error.problem_mark or error.context_mark
    return f"{problem}, line {mark.line + 1}, column {mark.column + 1}" if mark else problem


def _loaded(file: str, doc: str, load: Callable[[], object]) -> object:
    from marshmallow import ValidationError  # noqa: PLC0415  # comes with azure-ai-ml, as heavy as it

    try:
        with translated(f"read {file}"):
            return load()
    except ValidationError as error:
        cause = error.__cause__ if isinstance(error.__cause__, ValidationError) else error
        problems = "; ".join(dict.fromkeys(_flat(cause.messages))) or "it violates Azure ML's schema"
        raise errors.InvalidSpec(f"{file}: {problems}", f"Compare it with the schema: {doc}.") from error


def _flat(messages: object, field: str = "") -> Iterator[str]:
    """Yield the sentences of marshmallow's nested messages, each with its field."""
    if isinstance(messages, Mapping):
        for name, inner in messages.items():
            yield from _flat(inner, field if name == "_schema" else f"{field}.{name}".strip("."))
    elif isinstance(messages, list | tuple):
        for inner in messages:
            yield from _flat(inner, field)
    elif not str(messages).startswith(_NOISE):
        yield f"{field}: {' '.join(str(messages).split())}"


def _not_managed(file: str) -> errors.InvalidSpec:
    return errors.InvalidSpec(
        f"{file} describes a Kubernetes endpoint, which has no managed network",
        "Use the schema of managed online endpoints and deployments.",
    )
