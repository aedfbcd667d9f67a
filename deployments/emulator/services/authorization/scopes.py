"""The scope in the path of an extension resource of Microsoft.Authorization."""

from __future__ import annotations

import re

from deployments.emulator.http.call import Call

MARK = "/providers/Microsoft.Authorization/"
NAME = re.compile(r"^\s*(\w+)\s+eq\s+'((?:[^']|'')*)'\s*$", re.IGNORECASE)


def scope_in(call: Call) -> str:
    """Return the scope that a request's path begins with; empty for the tenant."""
    return call.path[: call.path.lower().rindex(MARK.lower())]


def filter_of(call: Call) -> tuple[str, str]:
    """Return the one comparison of a list's `$filter`, e.g. ("rolename", "Reader"); empty without one."""
    found = NAME.match(call.query.get("$filter", ""))
    return (found[1].lower(), found[2].replace("''", "'")) if found else ("", "")


def applies(own: str, scope: str) -> bool:
    """Return whether what is defined at one scope concerns another: the same, one above, or one below."""
    one, other = (f"{place.lower().rstrip('/')}/" for place in (own, scope))
    return one.startswith(other) or other.startswith(one)
