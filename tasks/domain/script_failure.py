"""The last exception that a Python traceback in a log tells of."""

from __future__ import annotations

import re
from typing import Final

from pydantic import BaseModel, ConfigDict

_FRAME: Final = re.compile(r'File "(?P<file>[^"]+)", line (?P<line>\d+), in (?P<function>\S+)')
_RAISED: Final = re.compile(r"^(?P<kind>(?:\w+\.)*[A-Z]\w*)(?:: (?P<message>.*))?$")
_PREFIX: Final = re.compile(r"^.*?\bazmlinfsrv - ")  # what the inference server writes before each line
_NOT_THE_TEAMS: Final = ("site-packages", "/lib/python", "azureml_inference_server_http", "<frozen")


class ScriptFailure(BaseModel):
    """An exception, and the place in the team's own code that it came through last."""

    model_config = ConfigDict(frozen=True)

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
    def text(self) -> str:
        """Such as ``KeyError: 'data'``."""
        return f"{self.kind}: {self.message}" if self.message else self.kind


def last_failure(log: str) -> ScriptFailure | None:
    """The last traceback in a log; None without one."""
    found: ScriptFailure | None = None
    frames: list[re.Match[str]] = []
    inside = False
    for line in (_PREFIX.sub("", one) for one in log.splitlines()):
        if "Traceback (most recent call last)" in line:
            inside, frames = True, []
        elif inside and (frame := _FRAME.search(line)):
            frames.append(frame)
        elif inside and frames and (raised := _RAISED.match(line)):
            found, inside = _as_failure(raised, frames), False
    return found


def _as_failure(raised: re.Match[str], frames: list[re.Match[str]]) -> ScriptFailure:
    own = [one for one in frames if not any(part in one["file"] for part in _NOT_THE_TEAMS)]
    place = (own or frames)[-1]
    return ScriptFailure(
        kind=raised["kind"].rsplit(".", 1)[-1],
        message=(raised["message"] or "").strip()[:500],
        file=place["file"],
        line=int(place["line"]),
        function=place["function"],
    )
