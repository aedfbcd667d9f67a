"""The door to logs: each record is redacted and can be stored, with its traceback, wherever it goes."""

from __future__ import annotations

import logging
import traceback
from typing import Any, Final

from tasks.domain.common.redaction import redact

_KEEPS_ARGUMENTS: Final = frozenset({"uvicorn.access"})  # its formatter reads them


class SafeRecord(logging.LogRecord):
    """A log record without secrets: libraries and tracebacks quote what Azure and a team's code wrote."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.name not in _KEEPS_ARGUMENTS:
            self.msg, self.args = _message(self), ()
        if self.exc_info and self.exc_info[0]:
            self.exc_text = redact("".join(traceback.format_exception(*self.exc_info)).rstrip("\n"))
            self.exc_info = None


def _message(record: logging.LogRecord) -> str:
    try:
        return redact(record.getMessage())
    except (TypeError, ValueError):  # arguments that do not fit the format
        return redact(f"{record.msg} {record.args}")


def keep_logs_safe() -> None:
    """Make every record of this process a `SafeRecord`. Safe to call again."""
    logging.setLogRecordFactory(SafeRecord)
