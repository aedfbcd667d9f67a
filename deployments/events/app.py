"""The event service as an ASGI application: handshakes, admission, and the delivery of each event to Prefect."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import AsyncIterator, Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from deployments.events.access import Access
from deployments.events.answers import broken, not_served, refused, refused_for
from deployments.events.limits import MAX_EVENTS, Rate, TooLargeError, TooSlowError, body_of
from deployments.events.outbox import Outbox
from deployments.events.refusals import Refusals
from deployments.events.settings import EventSettings
from tasks.domain.common.clock import SYSTEM, Clock
from tasks.domain.common.errors import AccessDenied, EndpointOpsError
from tasks.domain.events.event_grid import VALIDATION, MalformedEventError, read_documents, read_event, validation_code
from tasks.domain.events.event_types import meaning
from tasks.events.deliver_events import News

BODIES_AT_ONCE: Final = 64
MAX_DETAILS: Final = 20  # refused events of one request that are named in the answer and in the log
log = logging.getLogger("deployments.events")


@dataclass
class Understood:
    """The content of a request: news for Prefect, the number of ignored events, and what was wrong."""

    news: list[News] = field(default_factory=list)
    ignored: int = 0
    wrong: list[tuple[int, EndpointOpsError]] = field(default_factory=list)


class Service:
    """The handlers of requests, and what they share."""

    def __init__(
        self, settings: EventSettings, access: Access, outbox: Outbox, rate: Rate, clock: Clock = SYSTEM
    ) -> None:
        self._settings, self._access, self._outbox, self._rate = settings, access, outbox, rate
        self._refusals = Refusals(clock)
        self._bodies = asyncio.Semaphore(BODIES_AT_ONCE)

    async def events(self, request: Request) -> Response:
        """Answer /events: POST brings events, OPTIONS a handshake."""
        refusal = await self._refusal(request)
        if refusal:
            return refusal
        return await self._take(request) if request.method == "POST" else self._handshake_answer(request)

    async def _take(self, request: Request) -> Response:
        """Answer events, or Event Grid's handshake; 200 means that Prefect has stored all of them."""
        try:
            async with self._bodies:
                body = await body_of(request, self._settings.most_bytes)
            return await self._taken(read_documents(body))
        except TooLargeError as error:
            return refused(413, str(error), "Send less.", headers={"Connection": "close"})
        except TooSlowError:
            return refused(408, "the body did not arrive in time", "Send it again.", headers={"Connection": "close"})
        except EndpointOpsError as error:
            log.warning("refused: %s", error)
            return refused_for(error)

    def _handshake_answer(self, request: Request) -> Response:
        """Answer CloudEvents' handshake: does this address accept events of an origin?"""
        origin = request.headers.get("webhook-request-origin", "")
        if origin.lower() not in self._settings.origins:
            return refused(403, f"the origin {origin[:200]!r} may not send", "Add it to ENDPOINT_OPS_EVENTS_ORIGINS.")
        allowed = {"WebHook-Allowed-Origin": origin, "Allow": "OPTIONS, POST"}
        if request.headers.get("webhook-request-rate"):
            allowed["WebHook-Allowed-Rate"] = str(round(self._settings.per_second * 60))
        return Response(status_code=200, headers=allowed)

    async def health(self, _: Request) -> Response:
        """Answer whether events are accepted."""
        return JSONResponse({"ready": self._outbox.is_running}, 200 if self._outbox.is_running else 503)

    async def _refusal(self, request: Request) -> Response | None:
        """Check the caller and the rate before anything of the body is read."""
        try:
            await self._access.check(request)
        except EndpointOpsError as error:
            return self._refusals.answer(error)
        seconds = self._rate.take()
        if seconds:
            return refused(429, "too many requests", "Wait.", headers={"Retry-After": str(seconds)})
        return None

    async def _taken(self, documents: Sequence[object]) -> Response:
        if len(documents) > MAX_EVENTS:
            raise TooLargeError(f"the body holds more than {MAX_EVENTS} events")
        code = _handshake(documents)
        if code is not None:
            return JSONResponse({"validationResponse": code})
        found = understood(documents, self._settings.topics)
        await self._outbox.put(found.news)
        counts = {"taken": len(found.news), "ignored": found.ignored}
        if found.wrong:
            return _partly(found.wrong, counts)
        return JSONResponse(counts)


def understood(documents: Iterable[object], topics: Sequence[str]) -> Understood:
    """Return what the events mean; one that is refused does not hold up the others."""
    found = Understood()
    for number, document in enumerate(documents):
        try:
            event = read_event(document)
            if event.topic.lower() not in topics:
                raise AccessDenied(
                    f"events of {event.topic[:300]!r} are not accepted",
                    "Add the workspace to ENDPOINT_OPS_EVENTS_TOPICS.",
                )
            news = meaning(event)
        except EndpointOpsError as error:
            found.wrong.append((number, error))
            continue
        if news is None:
            found.ignored += 1
            log.info("ignored an event of kind %r, id %r", event.kind, event.id)
        else:
            found.news.append(news)
    return found


def _handshake(documents: Sequence[object]) -> str | None:
    """Return the code to repeat, where this is a handshake."""
    first = documents[0] if len(documents) == 1 else None
    if isinstance(first, dict) and VALIDATION in (first.get("eventType"), first.get("type")):
        return validation_code(read_event(first))
    return None


def _partly(wrong: Sequence[tuple[int, EndpointOpsError]], counts: dict[str, int]) -> Response:
    """Answer that some were refused; the others are stored, and known when they are sent again."""
    for number, error in wrong[:MAX_DETAILS]:
        log.warning("refused event %d: %s", number, error.message)
    if len(wrong) > MAX_DETAILS:
        log.warning("refused %d more events of the same request", len(wrong) - MAX_DETAILS)
    malformed = any(isinstance(error, MalformedEventError) for _, error in wrong)
    details = [{"event": number, "message": error.message, "next": error.hint} for number, error in wrong[:MAX_DETAILS]]
    message = f"{len(wrong)} of the events are refused; {counts['taken']} are accepted"
    return refused(400 if malformed else 403, message, wrong[0][1].hint, details=details)


def application(service: Service, outbox: Outbox, ended: Callable[[asyncio.Task[None]], Any]) -> Starlette:
    """Return the application; `ended` is called when the deliveries end by themselves, which is a fault."""

    @contextlib.asynccontextmanager
    async def deliveries(_: Starlette) -> AsyncIterator[None]:
        task = asyncio.create_task(outbox.run())
        task.add_done_callback(ended)
        await asyncio.sleep(0)  # it runs now
        yield
        task.remove_done_callback(ended)
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task

    routes = [
        Route("/events", service.events, methods=["POST", "OPTIONS"]),
        Route("/health", service.health, methods=["GET"]),
    ]
    made = Starlette(
        routes=routes, lifespan=deliveries, exception_handlers={HTTPException: not_served, Exception: broken}
    )
    made.router.redirect_slashes = False  # it would send callers to whatever host they name themselves
    return made
