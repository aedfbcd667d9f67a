"""The local stack's samples as default parameters of its deployments, so that Quick run works.

`python -m deployments.local.sample_parameters` adds them. Nowhere else: which endpoint is deployed to a team's
Azure, and which requests it is scored with, is the team's to say.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from prefect.client.orchestration import SyncPrefectClient, get_client

from deployments.paths import ROOT, SAMPLES

_FOLDER: Final = SAMPLES.relative_to(ROOT)
_REQUEST: Final = str(_FOLDER / "sample-request.json")
PARAMETERS: Final[Mapping[str, Mapping[str, Any]]] = {
    "endpoint-lifecycle/lifecycle": {
        "endpoint": {"name": "diabetes-demo", "file": str(_FOLDER / "endpoint.yml")},
        "online_deployment": {"name": "blue", "file": str(_FOLDER / "blue-deployment.yml")},
        "sample_request": _REQUEST,
    },
    "endpoint-redeploy/redeploy": {"requests": {"golden_files": [_REQUEST]}},
    "rollout-recovery/recover": {"requests": {"golden_files": [_REQUEST]}},
}


def main() -> None:
    """Add the samples to the deployments; a parameter that somebody has set stays."""
    with get_client(sync_client=True) as client:
        for name, samples in PARAMETERS.items():
            _add(client, name, samples)


def _add(client: SyncPrefectClient, name: str, samples: Mapping[str, Any]) -> None:
    found = client.read_deployment_by_name(name)
    parameters = {**samples, **found.parameters}
    if parameters != found.parameters:
        path = {"id": found.id}
        client.request("PATCH", "/deployments/{id}", path_params=path, json={"parameters": parameters})


if __name__ == "__main__":
    main()
