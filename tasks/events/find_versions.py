"""Find the registered versions of the mapped models, and the versions deployed on their endpoints."""

from __future__ import annotations

from prefect import task
from prefect.logging import get_run_logger

from tasks.clients.connect import Azure
from tasks.domain.azure.model import ModelRegistry, NewestVersion, newest_of
from tasks.domain.common.errors import NotFound
from tasks.domain.common.target import AzureTarget
from tasks.domain.events.admission import AdmissionRules
from tasks.runtime.azure import opened
from tasks.runtime.results import UNCACHED


@task(task_run_name="find versions in {target.workspace}", **UNCACHED)
def find_versions(target: AzureTarget, rules: AdmissionRules) -> ModelRegistry:
    """List registered and deployed versions; only reads. Safe to run again."""
    mine = [one for one in rules.routes if one.workspace.lower() in ("", target.workspace.lower())]
    routes = {one.model.lower(): one for one in reversed(mine)}  # the first route of a model wins
    with opened(target) as azure:
        found = tuple(one for route in routes.values() for one in azure.models.versions(route.model))
        deployed: dict[str, NewestVersion] = {}
        for name, route in routes.items():
            newest = newest_of(route.model, _model_ids(azure, route.endpoint), found)
            deployed |= {name: newest} if newest else {}
    get_run_logger().info("%d versions of %d models are registered", len(found), len(routes))
    return ModelRegistry(versions=found, deployed=deployed)


def _model_ids(azure: Azure, endpoint: str) -> set[str]:
    """Return the ids of an endpoint's models; none if it does not exist yet."""
    try:
        return {one.model_id for one in azure.online_deployments.list(endpoint)}
    except NotFound:
        return set()
