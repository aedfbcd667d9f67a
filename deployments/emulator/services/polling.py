"""The addresses and headers by which clients wait for a long-running operation."""

from __future__ import annotations

from deployments.emulator.http.call import Answer, Call
from deployments.emulator.operations import CANCELED, FAILED, RUNNING, Operation

# Understood by every Azure SDK, and free of the whole seconds that Retry-After is bound to.
HINT = {"x-ms-retry-after-ms": "50"}


def waiting_headers(status_url: str = "", result_url: str = "") -> dict[str, str]:
    """`Azure-AsyncOperation` and `Location`, with a hint to ask again soon."""
    headers = dict(HINT)
    if status_url:
        headers["Azure-AsyncOperation"] = status_url
    if result_url:
        headers["Location"] = result_url
    return headers


def status_answer(operation: Operation, call: Call) -> Answer:
    """Return the answer of an `Azure-AsyncOperation` address: always 200, with the state in the body."""
    return Answer(200, operation.document(call.path), dict(HINT) if operation.status == RUNNING else {})


def result_answer(operation: Operation, call: Call, *, empty: int = 204) -> Answer:
    """Return the answer of a `Location` address: 202 while it runs, then the result, the error, or nothing."""
    if operation.status == RUNNING:
        return Answer(202, None, waiting_headers(result_url=f"{call.url}?api-version={call.api_version}"))
    if operation.status in (FAILED, CANCELED):
        return Answer(400 if operation.status == FAILED else 409, {"error": operation.error})
    return Answer(200, operation.result) if operation.result is not None else Answer(empty)
