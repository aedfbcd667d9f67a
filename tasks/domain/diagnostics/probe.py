"""Results of live probes of a scoring host."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from pydantic import BaseModel

from tasks.domain.azure.scoring import ScoringAnswer
from tasks.domain.common.redaction import SafeText
from tasks.domain.diagnostics.finding import Verdict, failed, passed, seen, warned

SOON_DAYS: Final = 14
_MAX_NAMES: Final = 5
# User agents of our own calls, so that the traffic log separates them from other callers' requests.
OWN_AGENTS: Final = "azureml-endpoint-ops"
USER_AGENT: Final = f"{OWN_AGENTS}-diagnostics"
SCORING_AGENT: Final = f"{OWN_AGENTS}-scoring"


class Certificate(BaseModel, frozen=True):
    """The certificate that a host presented.

    Attributes:
        problem: Why it is not trusted, in the words of the TLS library; empty when it is.
    """

    names: tuple[SafeText, ...] = ()
    issuer: SafeText = ""
    not_before: datetime
    not_after: datetime
    problem: SafeText = ""

    @property
    def named(self) -> str:
        """The first of its names, for a reader."""
        more = f" and {len(self.names) - _MAX_NAMES} more" if len(self.names) > _MAX_NAMES else ""
        return ", ".join(self.names[:_MAX_NAMES]) + more or "no name"

    def days_left(self, now: datetime) -> int:
        """Return the whole days until it expires; negative afterwards."""
        return (self.not_after - now).days


class CallProbe(BaseModel, frozen=True):
    """One scoring call: the answer, or why there was none.

    Attributes:
        unfinished: Why the answer's body is incomplete; empty when it is complete.
    """

    answer: ScoringAnswer | None = None
    failure: SafeText = ""
    unfinished: SafeText = ""
    certificate: Certificate | None = None

    @property
    def is_ok(self) -> bool:
        """True when the model answered completely."""
        return self.answer is not None and self.answer.is_ok and not self.unfinished


class WebProbe(BaseModel, frozen=True):
    """One GET request: the status and the beginning of the text, or why there was no answer."""

    url: str
    status: int | None = None
    text: SafeText = ""
    failure: SafeText = ""


class KeyAccess(BaseModel, frozen=True):
    """Access to an endpoint's keys: Azure's refusal, or empty where it returned them."""

    refusal: SafeText = ""


def judge_certificate(host: str, certificate: Certificate, now: datetime) -> Verdict:
    """Judge a certificate: trusted, for this host, valid now and for some days more."""
    days = certificate.days_left(now)
    facts = (
        seen("names", certificate.named, host),
        seen(
            "valid", f"{certificate.not_before:%Y-%m-%d} to {certificate.not_after:%Y-%m-%d}", f"{SOON_DAYS} more days"
        ),
        seen("issuer", certificate.issuer),
    )
    if days < 0:
        return failed(f"The certificate of {host} expired {-days} days ago.", *facts)
    if certificate.not_before > now:
        return failed(f"The certificate of {host} is not valid before {certificate.not_before:%Y-%m-%d}.", *facts)
    if not any(covers(name, host) for name in certificate.names):
        return failed(f"The certificate is for {certificate.named}, not for {host}.", *facts)
    if certificate.problem:
        return failed(f"The certificate of {host} is not trusted: {certificate.problem}", *facts)
    if days < SOON_DAYS:
        return warned(f"The certificate of {host} expires in {days} days.", *facts)
    return passed(f"The certificate of {host} is valid for {days} more days.", *facts)


def covers(name: str, host: str) -> bool:
    """Return whether a name in a certificate covers a host; ``*`` stands for one label."""
    if name.startswith("*."):
        return host.partition(".")[2].lower() == name[2:].lower()
    return name.lower() == host.lower()
