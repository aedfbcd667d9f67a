"""A diagnosis of everything in the subscription, in a process of its own; the last line says as JSON what it took.

`python -m tests.bench.diagnose_fleet engine|flow`: the checks alone, or the flow with its records and artifacts.
"""

from __future__ import annotations

import asyncio
import json
import os
import resource
import sys
import time
from collections import Counter
from collections.abc import Callable, Coroutine
from typing import Any

from tasks.domain.common.target import AzureTarget, Resolvers
from tasks.domain.diagnostics.results import DiagnosisRequest, Samples
from tasks.domain.diagnostics.scope import Selection

EVERYTHING = Selection(look_at="subscription")
SAMPLES = Samples(requests={"*": '{"data": [[1, 2, 3]]}'})


def target() -> AzureTarget:
    """A workspace of the emulator's subscription, with its resolvers and its way out to the internet."""
    resolvers = {name: os.environ[f"EMULATOR_DNS_{name.upper()}"] for name in ("system", "custom", "azure")}
    return AzureTarget(
        subscription_id=os.environ["AZURE_SUBSCRIPTION_ID"],
        resource_group="seeded",
        workspace="ml-000",
        location="westeurope",
        internet_proxy=os.environ["EMULATOR_INTERNET_PROXY"],
        resolvers=Resolvers(**resolvers),
    )


def engine() -> Callable[[], Coroutine[Any, Any, dict[str, Any]]]:
    """The checks alone, without Prefect."""
    from tasks.checks.engine.diagnose import diagnose  # noqa: PLC0415 -- each way imports what it needs, no more
    from tasks.checks.engine.sources import open_sources  # noqa: PLC0415

    async def run() -> dict[str, Any]:
        wanted = EVERYTHING.around(target())
        async with open_sources(wanted.cloud, wanted.internet_proxy) as sources:
            found = await diagnose(sources, wanted, DiagnosisRequest(samples=SAMPLES))
        findings = [one for workspace in found.workspaces for one in workspace.findings]
        findings += [one for endpoint in found.endpoints for one in endpoint.findings]
        not_well = Counter(f"{one.code} {one.status}" for one in findings if not one.is_healthy)
        health = Counter(one.verdict.health for one in found.endpoints)
        return {"endpoints": len(found.endpoints), "health": health, "not_well": not_well, **found.requests}

    return run


def flow() -> Callable[[], Coroutine[Any, Any, dict[str, Any]]]:
    """The whole flow, as the schedule runs it."""
    from flows.scoring_diagnostics import scoring_diagnostics  # noqa: PLC0415 -- Prefect's import takes seconds
    from tasks.runtime.azure_workspace import AzureWorkspace  # noqa: PLC0415

    async def run() -> dict[str, Any]:
        report: Any = await scoring_diagnostics(AzureWorkspace.of(target()), EVERYTHING, SAMPLES, bundle_folder="")
        health = Counter(one.health for one in report.entries)
        return {"endpoints": len(report.entries), "health": health, **report.requests}

    return run


def main(way: str) -> None:
    """Diagnose, and tell: seconds, the processor's share of them, and the process's largest size."""
    work = {"engine": engine, "flow": flow}[way]()
    began, busy = time.perf_counter(), time.process_time()
    found = asyncio.run(work())
    took = {"seconds": time.perf_counter() - began, "processor_seconds": time.process_time() - busy}
    print(json.dumps({**took, "megabytes": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024, **found}))


if __name__ == "__main__":
    main(sys.argv[1])
