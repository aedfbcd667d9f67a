"""The nightly look as a person writes it first: a loop over the SDK, endpoint after endpoint.

It sees the states, the traffic and one answer of each endpoint; no DNS, certificate, isolation or workspace.
"""

from __future__ import annotations

import json
import os
import sys
import tempfile
import time
from pathlib import Path

from azure.ai.ml import MLClient
from azure.identity import DefaultAzureCredential

REQUEST = '{"data": [[1, 2, 3]]}'


def main(group: str, workspace: str) -> None:
    """Look at every endpoint of one workspace; the last line tells how many, and the seconds without the imports."""
    client = MLClient(DefaultAzureCredential(), os.environ["AZURE_SUBSCRIPTION_ID"], group, workspace)
    with tempfile.TemporaryDirectory() as folder:
        sample = Path(folder, "sample.json")
        sample.write_text(REQUEST)
        began, names = time.perf_counter(), []
        for listed in client.online_endpoints.list():
            endpoint = client.online_endpoints.get(listed.name)
            states = [one.provisioning_state for one in client.online_deployments.list(endpoint.name)]
            assert endpoint.provisioning_state == "Succeeded"
            assert set(states) == {"Succeeded"}
            assert sum(endpoint.traffic.values()) == 100
            assert json.loads(client.online_endpoints.invoke(endpoint.name, request_file=str(sample)))
            names.append(endpoint.name)
        print(json.dumps({"endpoints": len(names), "seconds": time.perf_counter() - began}))


if __name__ == "__main__":
    main(*sys.argv[1:])
