"""Find the last exception of a Python traceback in a log."""

from __future__ import annotations

import re
from typing import Final

from pydantic import BaseModel

_FRAME: Final = re.compile(r'File "(?P<file>[^"]+)", line (?P<line>\d+), in (?P<function>\S+)')
_RAISED: Final = re.compile(r"^(?P<kind>(?:\w+\.)*[A-Z]\w*)(?:: (?P<message>.*))?$")
_PREFIX: Final = re.compile(r"^.*?\bazmlinfsrv - ")  # what the inference server writes before each line
_LIBRARIES: Final = ("site-packages", "/lib/python", "azureml_inference_server_http", "<frozen")


class ScriptFailure(BaseModel, frozen=True):
    """An exception, and the last place in the team's own code that it passed through."""

    kind: str
    message: str = ""
    file: str = ""
    line: int = 0
    function: str = ""

    @property
    def place(self) -> str:
        """Such as ``score.py:12 in run``."""
        return f"{self.file.rsplit('/', 1)[-1]}:{self.line} in {self.function}" if self.file else "unknown place"

    @property
    def is_own(self) -> bool:
        """True when it passed through the team's own code, not only through libraries."""
        return not any(part in self.file for part in _LIBRARIES)

    @property
    def text(self) -> str:
        """Such as ``KeyError: 'data'``."""
        return f"{self.kind}: {self.message}" if self.message else self.kind


def last_failure(log: str) -> ScriptFailure | None:
    """Return the last exception in a log, or None without one.

    The inference server wraps what the script raises, so a traceback through the team's own code is preferred.
    """
    found: list[ScriptFailure] = []
    frames: list[re.Match[str]] = []
    inside = False
    for line in (_PREFIX.sub("", one) for one in log.splitlines()):
        if "Traceback (most recent call last)" in line:
            inside, frames = True, []
        elif inside and (frame := _FRAME.search(line)):
            frames.append(frame)
        elif inside and frames and (raised := _RAISED.match(line)):
            found.append(_as_failure(raised, frames))
            inside = False
    return next((one for one in reversed(found) if one.is_own), found[-1] if found else None)


def _as_failure(raised: re.Match[str], frames: list[re.Match[str]]) -> ScriptFailure:
    """Return the failure at the innermost frame of the team's own code, or at the innermost of all."""
    kind, message = raised["kind"].rsplit(".", 1)[-1], (raised["message"] or "").strip()[:500]
    places = [
        ScriptFailure(kind=kind, message=message, file=one["file"], line=int(one["line"]), function=one["function"])
        for one in reversed(frames)
    ]
    return next((one for one in places if one.is_own), places[0])
