"""Azure's error answers."""

from __future__ import annotations

from typing import Any


class ArmError(Exception):
    """An answer in the management plane's error form: `{"error": {"code", "message", …}}`; an empty code is null."""

    def __init__(
        self,
        status: int,
        code: str,
        message: str,
        *,
        details: list[dict[str, Any]] | None = None,
        headers: dict[str, str] | None = None,
    ) -> None:
        super().__init__(f"{status} {code}: {message}")
        self.status = status
        self.code = code
        self.message = message
        self.details = details or []
        self.headers = headers or {}

    def body(self) -> dict[str, Any]:
        """The `{"error": …}` document."""
        error: dict[str, Any] = {"code": self.code or None, "message": self.message}
        if self.details:
            error["details"] = self.details
        return {"error": error}


def not_found(resource_id: str) -> ArmError:
    """404 as the resource manager says it for a resource of any type."""
    group, _, rest = resource_id.partition("/providers/")
    if not rest:
        name = resource_id.rstrip("/").rsplit("/", 1)[-1]
        return ArmError(404, "ResourceGroupNotFound", f"Resource group '{name}' could not be found.")
    group_name = group.rsplit("/", 1)[-1]
    return ArmError(
        404,
        "ResourceNotFound",
        f"The Resource '{rest}' under resource group '{group_name}' was not found. "
        "For more details please go to https://aka.ms/ARMResourceNotFoundFix",
    )


def bad_request(code: str, message: str) -> ArmError:
    """400: the request breaks one of Azure's rules."""
    return ArmError(400, code, message)


def conflict(code: str, message: str) -> ArmError:
    """409: something is in the way, now or for good."""
    return ArmError(409, code, message)
