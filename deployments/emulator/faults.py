"""Faults on demand: fail, delay, reset or hang the next requests; stall or fail an operation."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from typing import Any

ACTIONS = ("fail", "delay", "reset", "reset_after", "hang", "move", "stall")


@dataclass(slots=True)
class Fault:
    """One fault: the action, what it applies to, and the number of times (`times`; -1 without limit).

    Requests are matched by method, vantage, host and path (regular expressions, searched); operations by `operation`
    (the kind, e.g. `online_deployment.create`) and `path` (the resource id). Log Analytics takes a record in by the
    operation `log_record.ingest` of its endpoint, which can be delayed. `reset` drops the connection before the
    request is carried out, `reset_after` carries it out first; `hang` never answers; `move` moves the caller to the
    other vantage point. `body` is the text that `fail` answers with in place of code and message, whatever the
    status, as a proxy does. `part_of` names the scenario that set it.
    """

    action: str
    method: str = ""
    host: str = ""
    path: str = ""
    vantage: str = ""
    operation: str = ""
    times: int = 1
    status: int = 503
    code: str = "ServiceUnavailable"
    message: str = "The service is unavailable."
    body: str | None = None
    headers: dict[str, str] = field(default_factory=dict)
    seconds: float = 0.0
    part_of: str = ""

    @classmethod
    def parse(cls, document: dict[str, Any]) -> Fault:
        """Read a fault from a JSON document.

        Raises:
            ValueError: a field or an action that doesn't exist, a pattern that doesn't compile.
        """
        unknown = document.keys() - cls.__dataclass_fields__.keys()
        if unknown:
            raise ValueError(
                f"unknown field {', '.join(sorted(unknown))}; known are {', '.join(cls.__dataclass_fields__)}"
            )
        fault = cls(**document)
        if fault.action not in ACTIONS:
            raise ValueError(f"action {fault.action!r} is not one of {', '.join(ACTIONS)}")
        if fault.action == "stall" and not fault.operation:
            raise ValueError("only an operation can stall: name its kind in 'operation'")
        for pattern in (fault.host, fault.path, fault.operation):
            re.compile(pattern)
        return fault

    def use(self) -> bool:
        """Count one use; return whether one was left."""
        if self.times == 0:
            return False
        self.times -= self.times > 0
        return True


class Faults:
    """The faults in force, in the order in which they were set."""

    def __init__(self) -> None:
        self._faults: list[Fault] = []

    def add(self, fault: Fault) -> None:
        self._faults.append(fault)

    def clear(self) -> None:
        self._faults.clear()

    def remove(self, part_of: str) -> None:
        """Remove the faults that a scenario set."""
        self._faults = [fault for fault in self._faults if fault.part_of != part_of]

    def documents(self) -> list[dict[str, Any]]:
        return [asdict(fault) for fault in self._faults]

    def for_request(self, method: str, host: str, path: str, vantage: str) -> Fault | None:
        """The first fault that this request meets, counted as used."""
        return self._first(
            lambda one: (
                not one.operation
                and one.method.upper() in ("", method)
                and one.vantage in ("", vantage)
                and _in(one.host, host)
                and _in(one.path, path)
            )
        )

    def for_query(self, name: str, resolver: str) -> Fault | None:
        """The first fault with the method DNS that this name meets at this resolver, counted as used."""
        return self._first(
            lambda one: one.method.upper() == "DNS" and _in(one.host, name) and _in(one.path, resolver),
        )

    def for_operation(self, kind: str, resource_id: str) -> Fault | None:
        """The first fault that this operation meets, counted as used."""
        return self._first(
            lambda one: bool(one.operation and re.fullmatch(one.operation, kind)) and _in(one.path, resource_id)
        )

    def _first(self, meets: Callable[[Fault], bool]) -> Fault | None:
        return next((fault for fault in self._faults if meets(fault) and fault.use()), None)


def _in(pattern: str, text: str) -> bool:
    return re.search(pattern, text, re.IGNORECASE) is not None
