"""The addresses of api.loganalytics.io: queries of a workspace, of a resource, and several at once; metadata."""

from __future__ import annotations

import asyncio
import json
import re
import time
from typing import Any

from deployments.emulator.core import Emulator
from deployments.emulator.directory import Principal
from deployments.emulator.errors import ArmError
from deployments.emulator.http.call import Answer, Call
from deployments.emulator.http.routing import Route
from deployments.emulator.services.log_analytics import refusals, rights, timespans
from deployments.emulator.services.log_analytics.queries import Query, Result
from deployments.emulator.state import Resource
from deployments.emulator.telemetry.records import Records
from deployments.emulator.telemetry.tables import TABLES

HOST = r"api\.loganalytics\.(io|azure\.com)"
AUDIENCES = ("https://api.loganalytics.io", "https://api.loganalytics.azure.com")
WORKSPACES = "Microsoft.OperationalInsights/workspaces"
WAIT = re.compile(r"wait=(\d+)")
DEFAULT_WAIT, MAXIMUM_WAIT = 180.0, 600.0
RENDER = re.compile(r"\|\s*render\s+(\w+)")


def routes() -> list[Route]:
    """Return the routes of the query API."""
    return [
        Route("POST", "/v1/workspaces/{workspace}/query", _query_workspace, HOST, open=True),
        Route("GET", "/v1/workspaces/{workspace}/query", _query_workspace, HOST, open=True),
        Route("POST", "/v1/workspaces/{workspace}/metadata", _metadata, HOST, open=True),
        Route("GET", "/v1/workspaces/{workspace}/metadata", _metadata, HOST, open=True),
        Route("POST", "/v1/$batch", _batch, HOST, open=True),
        Route("POST", "/v1/{resource*}", _query_resource, HOST, open=True),
        Route("GET", "/v1/{resource*}", _query_resource, HOST, open=True),
    ]


def clear(emulator: Emulator) -> None:
    """Forget every record, as a reset does."""
    emulator.part(Records).clear()


def _caller(call: Call) -> Principal:
    """Return the caller; the query API refuses an invalid token with 403, and a missing one with 401."""
    try:
        call.principal = call.emulator.directory.authenticate(call.headers.get("authorization", ""), AUDIENCES)
    except ArmError as error:
        status = 401 if error.code == "AuthenticationFailed" else 403
        raise ArmError(status, error.code, error.message, headers=error.headers) from error
    return call.principal


def _workspace(emulator: Emulator, name: str) -> Resource:
    """A workspace by its GUID, its ARM id or its name."""
    key = name.lower()
    for workspace in emulator.resources.of_type(WORKSPACES):
        guid = str(workspace.properties.get("customerId") or "").lower()
        if key in (guid, workspace.id.lower(), workspace.name.lower()):
            return workspace
    raise refusals.QueryError(404, "WorkspaceNotFoundError", f"The workspace could not be found: {name}")


def _guid(workspace: Resource) -> str:
    return str(workspace.properties.get("customerId") or "")


def _request(call: Call) -> dict[str, Any]:
    request = call.json() or dict(call.query)
    if not str(request.get("query") or "").strip():
        inner = {"code": "QueryValidationError", "message": "The query is missing or empty."}
        raise refusals.bad_argument(inner)
    return request


async def _query_workspace(call: Call) -> Answer:
    principal, request = _caller(call), _request(call)
    names = [call.params["workspace"], *(request.get("workspaces") or [])]
    workspaces = [_workspace(call.emulator, name) for name in names]
    for workspace in workspaces:
        rights.require_workspace(call.emulator, principal, workspace.id, str(request["query"]))
    return Answer(200, await _answered(call, request, [_guid(workspace) for workspace in workspaces], ""))


async def _query_resource(call: Call) -> Answer:
    scope, _, verb = f"/{call.params['resource']}".rpartition("/")
    if verb.lower() != "query" or not scope.lower().startswith("/subscriptions/"):
        raise refusals.QueryError(404, "PathNotFoundError", "The requested path does not exist")
    principal, request = _caller(call), _request(call)
    rights.require_resource(call.emulator, principal, scope, str(request["query"]))
    workspaces = call.emulator.resources.of_type(WORKSPACES)
    itself = [workspace for workspace in workspaces if workspace.id.lower() == scope.lower()]
    below = "" if itself else scope.lower()
    return Answer(200, await _answered(call, request, [_guid(workspace) for workspace in itself or workspaces], below))


async def _batch(call: Call) -> Answer:
    _caller(call)
    answers = [await _one_of_batch(call, request) for request in call.json().get("requests") or []]
    return Answer(200, {"responses": answers})


async def _one_of_batch(call: Call, request: dict[str, Any]) -> dict[str, Any]:
    inner = Call(
        emulator=call.emulator,
        method="POST",
        host=call.host,
        path=call.path,
        query={},
        headers={**call.headers, **{name.lower(): value for name, value in (request.get("headers") or {}).items()}},
        body=json.dumps(request.get("body") or {}).encode(),
        vantage=call.vantage,
        request_id=call.request_id,
        params={"workspace": str(request.get("workspace") or "")},
    )
    try:
        answer = await _query_workspace(inner)
    except ArmError as error:
        answer = Answer(error.status, error.body())
    return {"id": request.get("id"), "status": answer.status, "headers": {}, "body": answer.body}


def _metadata(call: Call) -> Answer:
    workspace = _workspace(call.emulator, call.params["workspace"])
    rights.require_workspace(call.emulator, _caller(call), workspace.id, "")
    tables = [
        {"id": f"t/{name}", "name": name, "columns": [{"name": c, "type": kind} for c, kind in columns.items()]}
        for name, columns in TABLES.items()
    ]
    return Answer(200, {"tables": tables})


async def _answered(call: Call, request: dict[str, Any], workspaces: list[str], below: str) -> dict[str, Any]:
    records = call.emulator.part(Records)
    files = {table: records.files(workspaces, table) for table in TABLES}
    now = call.emulator.clock.now()
    query = Query(request["query"], now, files, below, _limits(request.get("timespan"), now))
    prefer = call.headers.get("prefer", "")
    async with call.emulator.part(_Turns).free:
        began = time.perf_counter()
        result = await _carried_out(query, _wait(prefer))
        seconds = time.perf_counter() - began
    body: dict[str, Any] = {"tables": [{"name": "PrimaryResult", "columns": result.columns, "rows": result.rows}]}
    if "include-statistics=true" in prefer:
        body["statistics"] = {"query": {"executionTime": round(seconds, 7), "resourceUsage": {}}}
    if "include-render=true" in prefer:
        found = RENDER.search(request["query"])
        body["render"] = {"visualization": found[1]} if found else {}
    return {**body, "error": result.cut_off} if result.cut_off else body


def _limits(timespan: Any, now: float) -> Any:
    try:
        return timespans.limits_of(str(timespan), now) if timespan else None
    except ValueError as error:
        inner = {"code": "InvalidTimespan", "message": f"The timespan is invalid: {error}."}
        raise refusals.bad_argument(inner) from error


def _wait(prefer: str) -> float:
    found = WAIT.search(prefer)
    return min(float(found[1]), MAXIMUM_WAIT) if found else DEFAULT_WAIT


class _Turns:
    """Queries take turns, as a user's do in Azure, which runs five at once while the others wait.

    Here it is two: each one's translation keeps the interpreter busy, and the other services with it.
    """

    def __init__(self, _emulator: Emulator) -> None:
        self.free = asyncio.Semaphore(2)


async def _carried_out(query: Query, seconds: float) -> Result:
    """Carry a query out beside the requests of others, within a time limit.

    Raises:
        QueryError: 504, where the time ran out.
    """
    from deployments.emulator.services.log_analytics import kql  # noqa: PLC0415  (40 MB that only queries need)

    connection = kql.connect()
    work = asyncio.create_task(asyncio.to_thread(kql.answer, query, connection))
    try:
        await asyncio.wait({work}, timeout=seconds)
        if work.done():
            return work.result()
        connection.interrupt()
        await asyncio.wait({work})
        message = f"The query has run for {seconds:.0f} seconds, which is the limit."
        raise refusals.QueryError(504, "GatewayTimeout", message)
    finally:
        connection.close()
