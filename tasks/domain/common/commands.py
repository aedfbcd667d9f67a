"""Find the commands in a remedy's sentences, so that they can be shown to be copied."""

from __future__ import annotations

import re
from typing import Final

# From the program's name up to where the sentence goes on.
_COMMAND: Final = re.compile(r"\b((?:az|kubectl|curl) [a-z-].*?)(?=\.(?:\s|$)|;|\)| \(|, (?:then|or|and)\b|$)")


def split_commands(text: str) -> list[str]:
    """Prose and commands in turn, prose first; either may be empty."""
    return _COMMAND.split(" ".join(text.split()))
