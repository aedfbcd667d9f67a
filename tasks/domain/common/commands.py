"""Commands in a remedy's text: found to be shown ready to copy, with arguments that a shell takes as they are."""

from __future__ import annotations

import re
import shlex
from typing import Final

# From the program's name to the end of the command.
_COMMAND: Final = re.compile(
    r"\b((?:az|kubectl|curl) [a-z-](?:'[^']*'|\"[^\"]*\"|.)*?)(?=\.(?:\s|$)|;|\)| \(|, (?:then|or|and)\b|$)"
)


def argument(text: str) -> str:
    """Return a name or id from Azure as one argument of a command: a group's name may have parentheses."""
    return shlex.quote(text)


def split_commands(text: str) -> list[str]:
    """Split text into alternating prose and commands, prose first; either may be empty."""
    return _COMMAND.split(" ".join(text.split()))
