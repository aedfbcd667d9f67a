"""One request to one online deployment, within its limits of time and number, answered as Azure does."""

from __future__ import annotations

import asyncio
from collections import Counter

from deployments.emulator.core import Emulator
from deployments.emulator.durations import seconds_of
from deployments.emulator.errors import ArmError
from deployments.emulator.http.call import Answer, Call
from deployments.emulator.inference.container import Container
from deployments.emulator.inference.exchange import Reply, exchange, static_reply
from deployments.emulator.services.machine_learning.online_endpoints import scoring_backend
from deployments.emulator.services.scoring import refusals
from deployments.emulator.services.scoring.split import HEADER
from deployments.emulator.state import Resource

DEFAULT_TIMEOUT, MAXIMUM_TIMEOUT = 5.0, 180.0
HOP_BY_HOP = frozenset(
    ("connection", "content-length", "host", "keep-alive", "proxy-authorization", "te", "trailer", "transfer-encoding")
)
NOT_FOR_THE_CONTAINER = HOP_BY_HOP | {"authorization", "expect", "upgrade"}


class Dispatcher:
    """Dispatches requests to containers, and counts the pending ones of each deployment."""

    def __init__(self, emulator: Emulator) -> None:
        self._emulator = emulator
        self._pending: Counter[str] = Counter()

    async def dispatch(self, call: Call, deployment: Resource) -> Answer:
        """Dispatch a request to a deployment.

        Raises:
            RefusalError: 408, 424 or 429.
        """
        if self._pending[deployment.id] >= _maximum_pending(deployment):
            raise refusals.too_many()
        self._pending[deployment.id] += 1
        try:
            return _answer_of(await self._reply(call, deployment), deployment)
        finally:
            self._pending[deployment.id] -= 1
            self._pending += Counter()

    async def _reply(self, call: Call, deployment: Resource) -> Reply:
        if self._emulator.options.scoring_backend == "static":
            return static_reply()
        container = await self._container(deployment)
        container.output.working_for = deployment.id.lower()
        return await _reply_of(call, deployment, container)

    async def _container(self, deployment: Resource) -> Container:
        try:
            return await scoring_backend.servers(self._emulator).serving(deployment)
        except ArmError as error:
            raise refusals.model_gone("model_not_ready") from error


async def _reply_of(call: Call, deployment: Resource, container: Container) -> Reply:
    headers = {name: value for name, value in call.headers.items() if name not in NOT_FOR_THE_CONTAINER}
    headers["x-request-id"] = call.request_id
    headers[HEADER] = deployment.name
    try:
        work = exchange(container.port or 0, call.method, call.target, headers, call.body)
        return await asyncio.wait_for(work, _timeout(deployment))
    except TimeoutError as error:
        raise refusals.timed_out() from error
    except OSError as error:
        raise refusals.model_gone("model_error") from error


def _answer_of(reply: Reply, deployment: Resource) -> Answer:
    """Return the container's answer; any but 200 becomes 424, with the container's own body."""
    headers = {name: value for name, value in reply.headers if name not in HOP_BY_HOP}
    headers[HEADER] = deployment.name
    if reply.status == 200:
        return Answer(200, reply.body, headers)
    headers |= {refusals.REASON: "model_error", refusals.STATUS: str(reply.status)}
    return Answer(424, reply.body, headers)


def _maximum_pending(deployment: Resource) -> int:
    settings = deployment.properties.get("requestSettings") or {}
    concurrent = int(settings.get("maxConcurrentRequestsPerInstance") or 1)
    instances = int((deployment.body.get("sku") or {}).get("capacity") or 1)
    return 2 * concurrent * instances


def _timeout(deployment: Resource) -> float:
    settings = deployment.properties.get("requestSettings") or {}
    return min(seconds_of(settings.get("requestTimeout") or "") or DEFAULT_TIMEOUT, MAXIMUM_TIMEOUT)
