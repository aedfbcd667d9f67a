"""Upload the online deployment's code, model and environment."""

from __future__ import annotations

from prefect import task
from prefect.logging import get_run_logger

from tasks.domain.azure.online_deployment import Assets, OnlineDeploymentSpec
from tasks.domain.azure.workspace import Workspace
from tasks.domain.common.target import AzureTarget
from tasks.runtime.azure import opened
from tasks.runtime.results import UNCACHED


@task(task_run_name="upload assets of {spec.name}", **UNCACHED)
def upload_assets(target: AzureTarget, workspace: Workspace, spec: OnlineDeploymentSpec) -> Assets:
    """Upload the files that the deployment's YAML names, and register them in the workspace.

    Safe to run again: existing content is not uploaded again. A retried run compares the content again, so that a
    corrected score.py is uploaded.
    """
    del workspace  # makes this step wait for the workspace
    with opened(target) as azure:
        assets = azure.online_deployments.upload(spec)
    logger = get_run_logger()
    for what, asset in (("Model", assets.model_id), ("Code", assets.code_id), ("Environment", assets.environment_id)):
        if asset:
            logger.info("%s: %s", what, asset.rpartition("/workspaces/")[2] or asset)
    return assets
