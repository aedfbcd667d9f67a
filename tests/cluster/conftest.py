"""One cluster, one emulator with a fleet in it, and the flows deployed."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from support.cluster.runs import EACH, GROUP, WORKSPACES, Stage, client_of, deploy_all
from support.cluster.stack import start_cluster
from support.emulator.running import start_emulator


@pytest.fixture(scope="module")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    """Everything up. The emulator's variables go to the workers alone."""
    folder = tmp_path_factory.mktemp("cluster")
    with start_emulator(folder / "emulator", "--scoring-backend", "static") as emulator:
        shape = {"workspaces": WORKSPACES, "endpoints": EACH, "auth_mode": "AADToken", "registry": "Private"}
        emulator.control("POST", "/seed", {**shape, "group": GROUP})
        with start_cluster(emulator.variables) as cluster, client_of(cluster) as client:
            deploy_all(client)
            found = Stage(emulator, cluster, client)
            found.calm()
            yield found
