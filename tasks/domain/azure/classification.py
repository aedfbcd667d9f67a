"""Which answers are temporary: one table for every service of Azure that is called, sync and async alike.

What Azure's own code or sentence says comes first (``known_errors`` of the clients); this table decides the rest by
service and status. Sources: learn.microsoft.com/azure/azure-resource-manager/management/request-limits-and-throttling,
learn.microsoft.com/entra/identity-platform/reference-error-codes.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass
from typing import Final, Literal

from tasks.domain.common import errors

Service = Literal["management", "sign_in", "storage", "logs", "scoring"]

NOT_YET_SECONDS: Final = 120.0  # so long a 404 may follow a write of our own, or an operation's begin
UNAVAILABLE: Final = "Try again. If the error persists, open a support ticket with the request id."
_READ: Final = "Read the message for the reason."
_SIGN_IN: Final = "Sign in again: run az login, or check AZURE_TENANT_ID, AZURE_CLIENT_ID and AZURE_CLIENT_SECRET."
_ENTRA: Final = "Try again. If the error persists, check Microsoft Entra on Azure's status page."
_FOREIGN: Final = "Try again. If the error persists, check what answers in Azure's place, such as a proxy."
_SERVER: Final = range(500, 600)
_MANAGEMENT: Final = frozenset[Service]({"management"})
_SIGN: Final = frozenset[Service]({"sign_in"})
_SCORING: Final = frozenset[Service]({"scoring"})

_SERVICES: Final[tuple[tuple[Service, str], ...]] = (
    ("sign_in", r"^https?://(login\.|[^/]+/(metadata/identity|msi/token))"),
    ("storage", r"^https?://[^/]+\.(blob|queue|dfs|file|table)\."),
    ("logs", r"^https?://api\.loganalytics\."),
    ("scoring", r"^https?://[^/]+\.inference\.ml\."),
)


@dataclass(frozen=True)
class Rule:
    """The meaning of some answers.

    Attributes:
        statuses: The HTTP statuses; empty for every status.
        services: The services that the rule is about; empty for all of them.
        codes: A regular expression for the whole of Azure's code; empty for any code, ``^$`` for none.
        phrase: A regular expression, searched in Azure's message.
    """

    kind: type[errors.EndpointOpsError]
    hint: str
    statuses: Collection[int] = ()
    services: frozenset[Service] = frozenset()
    codes: str = ""
    phrase: str = ""

    def meets(self, service: Service, status: int, code: str, message: str) -> bool:
        """Return whether an answer is one of these."""
        return (
            (not self.statuses or status in self.statuses)
            and (not self.services or service in self.services)
            and (not self.codes or re.fullmatch(self.codes, code) is not None)
            and (not self.phrase or re.search(self.phrase, message, re.IGNORECASE) is not None)
        )


# The first match wins.
RULES: Final[tuple[Rule, ...]] = (
    # A caller outside the private link stays outside: repeating a denial only delays its message.
    Rule(errors.RequestRefused, _READ, (401, 403, 502), _SCORING, phrase=r"private ?link"),
    Rule(errors.Throttled, "Wait, then try again.", (429,)),
    Rule(errors.ServiceUnavailable, UNAVAILABLE, _SERVER, _SCORING),
    Rule(errors.RequestRefused, _READ, services=_SCORING),
    # AADSTS90006 to 90055: transient errors and throttling, answered with a status of 400 or 401.
    Rule(errors.ServiceUnavailable, _ENTRA, services=_SIGN, codes="temporarily_unavailable|server_error"),
    Rule(errors.ServiceUnavailable, _ENTRA, services=_SIGN, phrase=r"AADSTS900(06|12|25|33|36|55)\b"),
    Rule(errors.ServiceUnavailable, _ENTRA, (408, *_SERVER), _SIGN),
    Rule(errors.AuthenticationFailed, _SIGN_IN, services=_SIGN),
    Rule(errors.AuthenticationFailed, _SIGN_IN, (401,)),
    Rule(errors.AccessDenied, "Give the identity the Contributor role on the resource group.", (403,)),
    Rule(errors.ServiceUnavailable, _FOREIGN, (404,), _MANAGEMENT, codes="^$"),
    Rule(errors.NotFound, "Check the names of subscription, resource group and resource.", (404,)),
    Rule(errors.ServiceUnavailable, "Try again.", (408,)),
    Rule(errors.Conflict, "Check the resource's state, then correct the request.", (409,)),
    Rule(errors.ConcurrentChange, "Another client changed the resource. Check it, then run again.", (412,)),
    Rule(errors.RequestRefused, "Check the dependency that the message names.", (424,)),
    Rule(errors.RequestRefused, _READ, (501,)),
    Rule(errors.ServiceUnavailable, UNAVAILABLE, _SERVER),
    Rule(errors.RequestRefused, _READ),
)


def kind_of(service: Service, status: int | None, code: str, message: str) -> tuple[type[errors.EndpointOpsError], str]:
    """Return the class and the next action of an unsuccessful answer; a status of None is an operation that failed."""
    if status is None:
        return errors.ProvisioningFailed, "Read the message for the reason, then run again."
    rule = next(one for one in RULES if one.meets(service, status, code, message))
    return rule.kind, rule.hint


def service_of(address: str) -> Service:
    """Return the service behind an address; a path alone is the management plane's."""
    return next((name for name, host in _SERVICES if re.match(host, address, re.IGNORECASE)), "management")
