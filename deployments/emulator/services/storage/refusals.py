"""The storage services' errors: XML, with the code in a header too."""

from __future__ import annotations

from xml.sax.saxutils import escape

from deployments.emulator.errors import ArmError
from deployments.emulator.http.call import Answer, Call


class StorageError(ArmError):
    """A refusal by a storage service; `detail` is only sent for failed authentication."""

    def __init__(self, status: int, code: str, message: str, *, detail: str = "") -> None:
        super().__init__(status, code, message)
        self.detail = detail


def answer_of(call: Call, error: ArmError) -> Answer:
    """A refusal as the storage services send it: without a body to HEAD."""
    headers = {"x-ms-error-code": error.code, **error.headers}
    if call.method == "HEAD":
        return Answer(error.status, None, headers)
    reason = error.detail if isinstance(error, StorageError) else ""
    detail = f"<AuthenticationErrorDetail>{escape(reason)}</AuthenticationErrorDetail>" if reason else ""
    message = f"{error.message}\nRequestId:{call.request_id}"
    inner = f"<Code>{escape(error.code)}</Code><Message>{escape(message)}</Message>{detail}"
    body = f'<?xml version="1.0" encoding="utf-8"?><Error>{inner}</Error>'
    return Answer(error.status, body, {"Content-Type": "application/xml", **headers})


def blob_not_found() -> StorageError:
    """404 for a blob."""
    return StorageError(404, "BlobNotFound", "The specified blob does not exist.")


def container_not_found() -> StorageError:
    """404 for a container."""
    return StorageError(404, "ContainerNotFound", "The specified container does not exist.")


def invalid_name() -> StorageError:
    """400 for a name of a container or blob."""
    return StorageError(400, "InvalidResourceName", "The specified resource name contains invalid characters.")


def not_authenticated(detail: str) -> StorageError:
    """403: the signature is wrong, expired, or not there."""
    return StorageError(
        403,
        "AuthenticationFailed",
        "Server failed to authenticate the request. Make sure the value of Authorization header is formed correctly "
        "including the signature.",
        detail=detail,
    )
