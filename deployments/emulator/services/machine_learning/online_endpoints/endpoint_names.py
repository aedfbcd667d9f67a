"""Names of online endpoints: unique in a region, across all workspaces, and taken until a deletion has ended."""

from __future__ import annotations

import re

from deployments.emulator.core import Emulator
from deployments.emulator.services.machine_learning.ids import PROVIDER, location_of
from deployments.emulator.services.machine_learning.refusals import inferencing_error
from deployments.emulator.state import Resource

FORM = re.compile(r"^[A-Za-z](?!.*--)[A-Za-z0-9-]{1,30}[A-Za-z0-9]$")


def _entry(region: str, name: str) -> str:
    return f"/providers/{PROVIDER}/locations/{region}/onlineEndpointNames/{name.lower()}"


def by_name(emulator: Emulator, region: str, name: str) -> Resource | None:
    """The endpoint behind a scoring host's name."""
    entry = emulator.resources.get(_entry(region, name))
    return emulator.resources.get(entry.body["endpoint"]) if entry else None


def check(emulator: Emulator, region: str, endpoint_id: str) -> None:
    """Check an endpoint's name (docs: reference-yaml-endpoint-online; wording: azureml-examples#1930).

    Raises:
        ArmError: 400, for a name of the wrong form and for one that another endpoint in the region has.
    """
    name = endpoint_id.rsplit("/", 1)[-1]
    if not FORM.match(name):
        raise inferencing_error(
            "Name",
            f"Endpoint name '{name}' is invalid: it must begin with a letter, be 3 to 32 characters long, "
            "and consist of letters, digits and single dashes, without a dash at its end.",
            CODE,
        )
    holder = by_name(emulator, region, name)
    if holder and holder.id.lower() != endpoint_id.lower():
        raise inferencing_error(
            "",
            "There is already an endpoint with this name, Endpoint name needs to be unique within a region. "
            "Try some other name.",
            CODE,
        )


CODE = "InferencingClientCreateEndpointFailed"


def take(emulator: Emulator, endpoint: Resource) -> None:
    """Reserve the name for this endpoint."""
    emulator.resources.put(_entry(location_of(endpoint), endpoint.name), {"endpoint": endpoint.id})


def release(emulator: Emulator, endpoint: Resource) -> None:
    """Release the name of an endpoint that is gone."""
    emulator.resources.delete(_entry(location_of(endpoint), endpoint.name))
