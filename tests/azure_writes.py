"""What the journal of an emulator says was written."""

from __future__ import annotations

import re

from conftest import RunningEmulator


def written(emulator: RunningEmulator, part: str) -> list[str]:
    """Method and address of all writes whose address contains something, the oldest first.

    Asking for keys, tokens and logs is a POST, but writes nothing.
    """
    asking = re.compile(r"(listKeys|listSecrets|token|getLogs|query|score)$", re.IGNORECASE)
    found = []
    for one in emulator.journal():
        address = one["url"].split("?")[0]
        if one["method"] not in {"GET", "HEAD"} and part.lower() in address.lower() and not asking.search(address):
            found.append(f"{one['method']} {address}")
    return found
