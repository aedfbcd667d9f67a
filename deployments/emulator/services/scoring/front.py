"""The front end of all scoring hosts: finds the endpoint, checks the caller, and dispatches to a deployment."""

from __future__ import annotations

import re
import time

from deployments.emulator.core import Emulator
from deployments.emulator.http.call import Answer, Call
from deployments.emulator.http.routing import Route
from deployments.emulator.services.machine_learning.online_endpoints import endpoint_names, scoring_backend
from deployments.emulator.services.scoring import authentication, network_access, refusals, traffic_log
from deployments.emulator.services.scoring.authentication import Caller
from deployments.emulator.services.scoring.dispatch import Dispatcher
from deployments.emulator.services.scoring.split import HEADER, Split
from deployments.emulator.state import Resource, parent_of

HOST = r"(?P<endpoint>[a-z0-9-]+)\.(?P<region>[a-z0-9-]+)\.inference\.ml\.azure\.com"
CLIENT_REQUEST_ID = "x-ms-client-request-id"
MAXIMUM_CLIENT_REQUEST_ID = 40


def routes() -> list[Route]:
    """Every path of a scoring host goes to the container: /score, /swagger.json, and / for its health."""
    methods = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")
    return [Route(method, "/{path*}", _serve, HOST, open=True) for method in methods]


async def tear_down(emulator: Emulator) -> None:
    """End all containers."""
    await scoring_backend.servers(emulator).aclose()


def resolves(emulator: Emulator, host: str) -> bool:
    """Return whether a host name is in the public DNS: as a scoring host, only while its endpoint exists."""
    found = re.fullmatch(HOST, host, re.IGNORECASE)
    return found is None or _endpoint(emulator, host) is not None


def _endpoint(emulator: Emulator, host: str) -> Resource | None:
    found = re.fullmatch(HOST, host, re.IGNORECASE)
    return endpoint_names.by_name(emulator, found["region"], found["endpoint"]) if found else None


async def _serve(call: Call) -> Answer:
    began = time.perf_counter()
    _clean_ids(call)
    endpoint = _endpoint(call.emulator, call.host)
    if endpoint is None:
        return refusals.no_deployment().answer()
    try:
        network_access.require(call, endpoint, call.emulator.resources.require(parent_of(endpoint.id)))
    except refusals.RefusalError as refusal:
        return _finished(call, endpoint, None, refusal.answer(), time.perf_counter() - began)
    return await served(call, endpoint, began)


async def served(call: Call, endpoint: Resource, began: float) -> Answer:
    """Return the answer to a caller who has reached the endpoint: for an authorized one, a deployment's."""
    caller: Caller | None = None
    try:
        caller = authentication.authenticate(call, endpoint)
        answer = await _answered(call, endpoint, caller)
    except refusals.RefusalError as refusal:
        answer = refusal.answer()
    return _finished(call, endpoint, caller, answer, time.perf_counter() - began)


async def _answered(call: Call, endpoint: Resource, caller: Caller) -> Answer:
    named = call.headers.get(HEADER, "")
    split = call.emulator.part(Split)
    deployment = split.deployment(endpoint, named)
    copy = None if named else split.mirror(endpoint)
    if copy:
        call.emulator.spawn(_mirrored(call, endpoint, caller, copy))
    return await _worked(call, deployment)


async def _worked(call: Call, deployment: Resource) -> Answer:
    try:
        return await call.emulator.part(Dispatcher).dispatch(call, deployment)
    except refusals.RefusalError as refusal:
        answer = refusal.answer()
        answer.headers[HEADER] = deployment.name
        return answer


async def _mirrored(call: Call, endpoint: Resource, caller: Caller, deployment: Resource) -> None:
    """Send a copy whose answer is dropped; the traffic log records it."""
    began = time.perf_counter()
    answer = await _worked(call, deployment)
    traffic_log.note(call, endpoint, caller, answer, time.perf_counter() - began)


def _clean_ids(call: Call) -> None:
    """Azure makes the x-request-id itself; of the client's own id it takes 40 letters, digits, - and _."""
    call.headers.pop("x-request-id", None)
    given = call.headers.pop(CLIENT_REQUEST_ID, "")
    if given and re.fullmatch(r"[A-Za-z0-9_-]+", given):
        call.headers[CLIENT_REQUEST_ID] = given[:MAXIMUM_CLIENT_REQUEST_ID]


def _finished(call: Call, endpoint: Resource, caller: Caller | None, answer: Answer, seconds: float) -> Answer:
    answer.headers["x-request-id"] = call.request_id
    if CLIENT_REQUEST_ID in call.headers:
        answer.headers[CLIENT_REQUEST_ID] = call.headers[CLIENT_REQUEST_ID]
    if answer.status != 403:  # a caller who can't network_access the endpoint leaves no trace there
        traffic_log.note(call, endpoint, caller, answer, seconds)
    return answer
