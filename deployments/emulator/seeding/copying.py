"""Endpoints like another one, by the thousand."""

from __future__ import annotations

import json
import uuid

from deployments.emulator.core import Emulator
from deployments.emulator.services.machine_learning.online_endpoints import endpoint_names
from deployments.emulator.services.machine_learning.quota import UNCOUNTED
from deployments.emulator.state import Resource


def copy_endpoint(emulator: Emulator, original: Resource, name: str) -> Resource:
    """A finished endpoint with the online deployments, the traffic and the keys of another; both share containers.

    Not a request of its own: it counts for no quota, and does not check whether the name is free.
    """
    identity = f"{original.id.rsplit('/', 1)[0]}/{name}"
    known = emulator.resources.get(identity)
    if known:
        return known
    copy = _put(emulator, original, original, name)
    endpoint_names.take(emulator, copy)
    for deployment in emulator.resources.members(f"{original.id}/deployments"):
        _put(emulator, deployment, original, name)
    return copy


def _put(emulator: Emulator, resource: Resource, original: Resource, name: str) -> Resource:
    """A copy in which the name of the original's endpoint, in ids and addresses, is another one."""
    text = json.dumps([resource.id, resource.body])
    for before in (f"/onlineEndpoints/{original.name}", f"/onlineendpoints/{original.name.lower()}"):
        text = text.replace(before, f"{before.rsplit('/', 1)[0]}/{name}")
    text = text.replace(f"https://{original.name}.", f"https://{name}.")
    identity, body = json.loads(text)
    if resource is original:
        body["name"] = name
        body["identity"] = {**body["identity"], "principalId": str(uuid.uuid4())}
    return emulator.resources.put(identity, body, {**resource.private, UNCOUNTED: True})
