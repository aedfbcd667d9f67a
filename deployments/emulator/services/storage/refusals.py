"""The blob service's errors: XML, with the code in a header too."""

from __future__ import annotations

from xml.sax.saxutils import escape

from deployments.emulator.errors import ArmError
from deployments.emulator.http.call import Answer


class StorageError(ArmError):
    """A refusal by the blob service; `detail` is only sent for failed authentication."""

    def __init__(self, status: int, code: str, message: str, *, detail: str = "") -> None:
        super().__init__(status, code, message)
        self._detail = detail

    def answer(self, method: str, request_id: str) -> Answer:
        """The error as the blob service sends it: without a body to HEAD."""
        headers = {"x-ms-error-code": self.code, "Content-Type": "application/xml"}
        if method == "HEAD":
            return Answer(self.status, None, headers)
        detail = (
            f"<AuthenticationErrorDetail>{escape(self._detail)}</AuthenticationErrorDetail>" if self._detail else ""
        )
        message = f"{self.message}\nRequestId:{request_id}"
        inner = f"<Code>{self.code}</Code><Message>{escape(message)}</Message>{detail}"
        return Answer(self.status, f'<?xml version="1.0" encoding="utf-8"?><Error>{inner}</Error>', headers)


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
