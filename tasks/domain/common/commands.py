"""Find the commands in a remedy's text, so that they can be shown ready to copy."""

from __future__ import annotations

import re
from typing import Final

# From the program's name to the end of the command.
_COMMAND: Final = re.compile(r"\b((?:az|kubectl|curl) [a-z-].*?)(?=\.(?:\s|$)|;|\)| \(|, (?:then|or|and)\b|$)")


def split_commands(text: str) -> list[str]:
    """Split text into alternating prose and commands, prose first; either may be empty."""
    return _COMMAND.split(" ".join(text.split()))
