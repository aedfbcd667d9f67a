"""Uploads that fail, end as failures."""

from __future__ import annotations

from pathlib import Path

import pytest
from support.emulator.running import RunningEmulator

from tasks.clients.connect import Azure
from tasks.clients.transport.sdk_repairs import RaisingThreadPool
from tasks.domain.azure.online_deployment import OnlineDeploymentSpec
from tasks.domain.common.errors import EndpointOpsError


def fail() -> None:
    """Work that ends badly."""
    raise OSError("disk full")


def test_a_pool_tells_of_failed_work() -> None:
    """The block ends with the failure of its work."""
    with pytest.raises(OSError, match="disk full"), RaisingThreadPool() as pool:
        pool.submit(fail)


def test_a_pool_does_not_hide_the_blocks_own_failure() -> None:
    """What the block itself raises comes first."""
    pool = RaisingThreadPool()
    pool.submit(fail)
    assert not pool.__exit__(KeyError, KeyError("mine"), None)


@pytest.mark.timeout(60)
def test_a_storage_that_refuses_is_told(
    emulator: RunningEmulator, azure: Azure, files: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    """A refused upload ends with the storage's reason, instead of a wait without end, and prints nothing."""
    (files / "code" / "score.py").open("a").write("# not uploaded before\n")
    emulator.fault(action="fail", method="PUT", host=r"\.blob\.", status=403, code="AuthorizationFailure")
    with pytest.raises(EndpointOpsError) as caught:
        azure.online_deployments.upload(OnlineDeploymentSpec(name="blue", file=str(files / "blue-deployment.yml")))
    assert "upload the files of online deployment blue" in str(caught.value)
    assert "sig=" not in str(caught.value)
    assert capfd.readouterr() == ("", "")
