"""The rights that a query needs: in a workspace, or in a resource that sends its logs there, table by table.

Source: learn.microsoft.com/azure/azure-monitor/logs/manage-access
"""

from __future__ import annotations

import re

from deployments.emulator.core import Emulator
from deployments.emulator.directory import Principal
from deployments.emulator.http import access
from deployments.emulator.services.log_analytics import refusals
from deployments.emulator.telemetry.tables import TABLES

QUERY = "Microsoft.OperationalInsights/workspaces/query"
LOGS = "Microsoft.Insights/logs"


def require_workspace(emulator: Emulator, principal: Principal, scope: str, text: str) -> None:
    """Require the rights to query a workspace.

    Raises:
        QueryError: 403 InsufficientAccessError.
    """
    _require(emulator, principal, scope, [f"{QUERY}/read", *(f"{QUERY}/{table}/read" for table in _tables(text))])


def require_resource(emulator: Emulator, principal: Principal, scope: str, text: str) -> None:
    """Require the rights to query the logs of one resource, or of all in a group.

    Raises:
        QueryError: 403 InsufficientAccessError.
    """
    _require(emulator, principal, scope, [f"{LOGS}/{table}/read" for table in _tables(text)] or [f"{LOGS}/read"])


def _tables(text: str) -> list[str]:
    return [table for table in TABLES if re.search(rf"\b{table}\b", text)]


def _require(emulator: Emulator, principal: Principal, scope: str, needed: list[str]) -> None:
    if not all(access.allows(emulator, principal, action, scope) for action in needed):
        inner = {
            "code": "UnauthorizedClient",
            "message": f"The service principal does not have sufficient permissions to access this resource: {scope}",
        }
        message = "The provided credentials have insufficient access to perform the requested operation"
        raise refusals.QueryError(403, "InsufficientAccessError", message, inner)
