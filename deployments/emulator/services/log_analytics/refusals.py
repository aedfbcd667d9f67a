"""Log Analytics' error answers."""

from __future__ import annotations

import re
import uuid
from typing import Any

from deployments.emulator.errors import ArmError


class QueryError(ArmError):
    """A refusal in the form of the query API: `{"error": {message, code, correlationId, innererror}}`."""

    def __init__(self, status: int, code: str, message: str, inner: dict[str, Any] | None = None) -> None:
        super().__init__(status, code, message)
        self._inner = inner

    def body(self) -> dict[str, Any]:
        error = {"message": self.message, "code": self.code, "correlationId": str(uuid.uuid4())}
        return {"error": {**error, "innererror": self._inner} if self._inner else error}


def bad_argument(inner: dict[str, Any]) -> QueryError:
    """400: the query can't be answered, for the reason inside."""
    return QueryError(400, "BadArgumentError", "The request had some invalid properties", inner)


def syntax_error(message: str, line: int, position: int) -> QueryError:
    """400: the query doesn't parse."""
    where = {"line": line, "pos": position}
    found = re.search(r"mismatched input '([^']*)'|extraneous input '([^']*)'|at '([^']*)'", message)
    token = next((group for group in found.groups() if group is not None), "") if found else ""
    deeper = {
        "code": "SYN0002",
        "message": f"Query could not be parsed at '{token}' on line [{line},{position}]: {message}",
        **where,
        "token": token,
    }
    return bad_argument(
        {"code": "SyntaxError", "message": "A recognition error occurred in the query.", "innererror": deeper}
    )


def semantic_error(message: str, code: str = "SEM0100") -> QueryError:
    """400: the query parses, but names what does not exist, or what is not supported."""
    deeper = {"code": code, "message": message}
    return bad_argument({"code": "SemanticError", "message": "A semantic error occurred.", "innererror": deeper})


def unresolved(name: str) -> QueryError:
    """400: no table or column has this name."""
    return semantic_error(f"'where' operator: Failed to resolve table or column expression named '{name}'")


def not_in_the_emulator(construct: str) -> QueryError:
    """400: KQL that Azure supports and the emulator does not."""
    return semantic_error(
        f"The emulator's KQL does not support {construct}: see its COVERAGE.md.", "EMULATOR_UNSUPPORTED"
    )


def too_much(limit: str) -> dict[str, Any]:
    """Return the partial error of a result that was cut off at a limit of the service."""
    message = f"The results of this query exceed the set limit of {limit}, so not all records were returned"
    inner = {
        "code": "-2133196797",
        "message": f"{message} (E_QUERY_RESULT_SET_TOO_LARGE, 0x80DA0003).",
        "severity": 2,
        "severityName": "Error",
    }
    detail = {
        "code": "EngineError",
        "message": "Something went wrong processing your query on the server.",
        "innererror": inner,
    }
    return {
        "code": "PartialError",
        "message": "There were some errors when processing your query.",
        "details": [detail],
    }
