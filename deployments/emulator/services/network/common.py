"""Values and errors that the resources of Microsoft.Network share."""

from __future__ import annotations

import uuid

from deployments.emulator.errors import ArmError, bad_request

NAMESPACE = "Microsoft.Network"
LOCATION = f"/subscriptions/{{subscription}}/providers/{NAMESPACE}/locations/{{location}}"
STATUSES = LOCATION + "/operations/{operation}"


def etag() -> str:
    """A new weak etag, as this provider writes them into bodies."""
    return f'W/"{uuid.uuid4()}"'


def missing_reference(resource_id: str, by: str) -> ArmError:
    """400: a resource names another one that is not there."""
    return bad_request(
        "InvalidResourceReference",
        f"Resource {resource_id} referenced by resource {by} was not found. "
        "Please make sure that the referenced resource exists, and that both resources are in the same region.",
    )
