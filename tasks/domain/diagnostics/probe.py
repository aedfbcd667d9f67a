"""What live looks at a scoring host brought back."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from pydantic import BaseModel, ConfigDict

from tasks.domain.azure.scoring import ScoringAnswer
from tasks.domain.diagnostics.finding import Verdict, failed, passed, seen, warned

SOON_DAYS: Final = 14
_MOST_NAMES: Final = 5
# How our own looks name themselves, so that the traffic log tells them from other callers' requests.
OWN_AGENTS: Final = "azureml-endpoint-ops"
USER_AGENT: Final = f"{OWN_AGENTS}-diagnostics"
SCORING_AGENT: Final = f"{OWN_AGENTS}-scoring"


class Certificate(BaseModel):
    """The certificate that a host showed.

    Attributes:
        problem: Why it is not to be trusted, in the words of the TLS library; empty when it is.
    """

    model_config = ConfigDict(frozen=True)

    names: tuple[str, ...] = ()
    issuer: str = ""
    not_before: datetime
    not_after: datetime
    problem: str = ""

    @property
    def named(self) -> str:
        """Its names, as far as a person reads them."""
        more = f" and {len(self.names) - _MOST_NAMES} more" if len(self.names) > _MOST_NAMES else ""
        return ", ".join(self.names[:_MOST_NAMES]) + more or "no name"

    def days_left(self, now: datetime) -> int:
        """Whole days until it ends; negative afterwards."""
        return (self.not_after - now).days


class CallLook(BaseModel):
    """One scoring call: the answer, or why there was none.

    Attributes:
        unfinished: Why the answer's body did not come to its end; empty when it did.
    """

    model_config = ConfigDict(frozen=True)

    answer: ScoringAnswer | None = None
    failure: str = ""
    unfinished: str = ""
    certificate: Certificate | None = None

    @property
    def is_ok(self) -> bool:
        """Whether the model answered, to the end."""
        return self.answer is not None and self.answer.is_ok and not self.unfinished


class WebLook(BaseModel):
    """One GET: the status and the text's beginning, or why there was no answer."""

    model_config = ConfigDict(frozen=True)

    url: str
    status: int | None = None
    text: str = ""
    failure: str = ""


class KeyAccess(BaseModel):
    """Whether Azure handed out an endpoint's keys; if not, what it said."""

    model_config = ConfigDict(frozen=True)

    refusal: str = ""


def judge_certificate(host: str, certificate: Certificate, now: datetime) -> Verdict:
    """Trusted, for this name, in time, and for some days more."""
    days = certificate.days_left(now)
    facts = (
        seen("names", certificate.named, host),
        seen(
            "valid", f"{certificate.not_before:%Y-%m-%d} to {certificate.not_after:%Y-%m-%d}", f"{SOON_DAYS} days more"
        ),
        seen("issuer", certificate.issuer),
    )
    if days < 0:
        return failed(f"The certificate of {host} ended {-days} days ago.", *facts)
    if certificate.not_before > now:
        return failed(f"The certificate of {host} is not valid before {certificate.not_before:%Y-%m-%d}.", *facts)
    if not any(covers(name, host) for name in certificate.names):
        return failed(f"The certificate is for {certificate.named}, not for {host}.", *facts)
    if certificate.problem:
        return failed(f"The certificate of {host} is not trusted: {certificate.problem}", *facts)
    if days < SOON_DAYS:
        return warned(f"The certificate of {host} ends in {days} days.", *facts)
    return passed(f"The certificate of {host} is good for {days} days more.", *facts)


def covers(name: str, host: str) -> bool:
    """Whether a name in a certificate stands for a host; ``*`` stands for one label."""
    if name.startswith("*."):
        return host.partition(".")[2].lower() == name[2:].lower()
    return name.lower() == host.lower()
