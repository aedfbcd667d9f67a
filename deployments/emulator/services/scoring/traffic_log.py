"""A scoring request and its answer, as the table AmlOnlineEndpointTrafficLog shows them."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

from deployments.emulator.http.call import Answer, Call
from deployments.emulator.services.scoring import refusals
from deployments.emulator.services.scoring.authentication import Caller
from deployments.emulator.services.scoring.split import HEADER
from deployments.emulator.state import Resource, parent_of
from deployments.emulator.telemetry import events
from deployments.emulator.telemetry.meter import Meter

MAXIMUM_AGENT = 70
PHRASES = {int(status): status.phrase for status in HTTPStatus}


def note(call: Call, endpoint: Resource, caller: Caller | None, answer: Answer, seconds: float) -> None:
    """Count a request, and write its record if a diagnostic setting of the endpoint asks for it."""
    milliseconds = round(seconds * 1000)
    model_status = str(_of_model(answer).get("ModelStatusCode", ""))
    call.emulator.part(Meter).count(
        endpoint.id, answer.headers.get(HEADER, ""), answer.status, model_status, seconds * 1000
    )
    workspace = call.emulator.resources.get(parent_of(endpoint.id))
    record: dict[str, Any] = {
        "Method": call.method,
        "Path": call.path,
        "Protocol": "HTTP/1.1",
        "ResponseCode": answer.status,
        "ResponseCodeReason": answer.headers.get(refusals.REASON) or _phrase(answer.status),
        **_of_model(answer),
        "RequestPayloadSize": len(call.body),
        "ResponsePayloadSize": len(answer.encoded()),
        "UserAgent": call.headers.get("user-agent", "")[:MAXIMUM_AGENT],
        "XRequestId": call.request_id,
        "XMSClientRequestId": call.headers.get("x-ms-client-request-id", ""),
        "TotalDurationMs": milliseconds,
        "RequestDurationMs": 0,
        "ResponseDurationMs": milliseconds,
        "RequestThrottlingDelayMs": 0,
        "ResponseThrottlingDelayMs": 0,
        "AuthType": caller.auth_type if caller else str(endpoint.properties.get("authMode") or ""),
        "IdentityData": caller.identity if caller else "",
        "EndpointName": endpoint.name,
        "DeploymentName": answer.headers.get(HEADER, ""),
        "AzureMLWorkspaceId": str((workspace and workspace.properties.get("workspaceId")) or ""),
        "AzureMLWorkspaceName": workspace.name if workspace else "",
        "Location": str(endpoint.body.get("location") or ""),
    }
    events.traffic(call.emulator, endpoint, record)


def _of_model(answer: Answer) -> dict[str, Any]:
    """Return what the container itself answered; nothing where the request never reached one."""
    status = answer.headers.get(refusals.STATUS) or ("200" if answer.status == 200 else "")
    return {"ModelStatusCode": int(status), "ModelStatusReason": _phrase(int(status))} if status else {}


def _phrase(status: int) -> str:
    return PHRASES.get(status, "")
