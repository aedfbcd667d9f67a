"""How a known error is recognised: by its code, by a phrase in its message, or by both.

The failures of containers have no code: the word that leads the message stands for it (ResourceNotReady: User
container has crashed …), sometimes behind a timestamp.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from tasks.domain.common import errors


@dataclass(frozen=True)
class KnownError:
    """One known error: matched by code, by a phrase in the message, or by both.

    Attributes:
        hint: The fix; `hints.fill_in` puts the real names in place of those in braces.
        code: Azure's code, or the word that leads the message; in any case.
        phrase: A regular expression, searched in the message.
    """

    kind: type[errors.EndpointOpsError]
    hint: str
    code: str = ""
    phrase: str = ""

    def matches(self, code: str, message: str) -> bool:
        """Return whether an Azure error is this one."""
        if self.code and self.code.lower() != code.lower():
            return False
        return not self.phrase or re.search(self.phrase, message, re.IGNORECASE) is not None


def same(kind: type[errors.EndpointOpsError], hint: str, *codes: str) -> tuple[KnownError, ...]:
    """Return known errors that differ only in their codes."""
    return tuple(KnownError(kind, hint, code) for code in codes)


def code_of(code: str, message: str) -> str:
    """Return Azure's code; where there is none, the word that leads the message."""
    leading = re.match(r"(?:\S+ )?(\w+): ", message)
    return code or (leading[1] if leading else "")
