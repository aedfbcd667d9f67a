"""Build each worker's job from the project's templates by the workers' own code; prints the jobs as JSON.

`python build_jobs.py TEMPLATE_FOLDER VALUES`: a process of its own, with settings of its own.
"""

from __future__ import annotations

import asyncio
import json
import sys
import uuid
from pathlib import Path
from typing import Any

from prefect.client.schemas.objects import FlowRun
from prefect.workers.base import BaseJobConfiguration
from prefect_azure.workers.container_instance import AzureContainerWorker
from prefect_kubernetes.worker import KubernetesWorker

WORKERS = {"azure_container_instances": AzureContainerWorker, "kubernetes": KubernetesWorker}


async def job(folder: Path, name: str, values: dict[str, Any]) -> Any:
    """What the worker would ask Azure or Kubernetes for."""
    kind: type[BaseJobConfiguration] = WORKERS[name].job_configuration
    template = json.loads((folder / f"{name}.json").read_text())
    unknown = template["job_configuration"].keys() - kind.model_fields.keys()
    assert not unknown, f"{name}: the worker doesn't know {unknown}"
    made = await kind.from_template_and_values(template, values)
    made.prepare_for_flow_run(FlowRun(id=uuid.UUID(int=1), name="lifecycle", flow_id=uuid.UUID(int=2)))
    return made.arm_template if name == "azure_container_instances" else made.job_manifest


async def main() -> None:
    """Both."""
    folder, values = Path(sys.argv[1]), json.loads(sys.argv[2])
    print(json.dumps({name: await job(folder, name, values[name]) for name in WORKERS}))


if __name__ == "__main__":
    asyncio.run(main())
