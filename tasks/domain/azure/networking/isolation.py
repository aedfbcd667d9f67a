"""The proof of isolation: scoring calls from inside and outside, and their verdict."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from pydantic import BaseModel

from tasks.domain.azure.endpoint import Endpoint
from tasks.domain.azure.scoring import ScoringAnswer
from tasks.domain.common.errors import Conflict, EndpointOpsError, ServiceUnavailable

ProofVerdict = Literal["pass", "fail", "skip", "error"]


class OutsideCall(BaseModel, frozen=True):
    """The result of a scoring call from the internet.

    Attributes:
        answer: The endpoint's answer, if there was one.
        failure: Why there was none: refused, reset, not resolved.
        way_out_works: True when the same internet proxy reached another public host of Azure.
    """

    answer: ScoringAnswer | None = None
    failure: str = ""
    proxy_works: bool = True


class ProofPart(BaseModel, frozen=True):
    """One part of the proof; ``reason`` is a sentence for a reader."""

    verdict: ProofVerdict
    reason: str


class IsolationProof(BaseModel, frozen=True):
    """A dated proof that an endpoint can be called from inside only."""

    endpoint: str
    made_at: datetime
    inside: ProofPart
    outside: ProofPart
    public_access: ProofPart

    @property
    def verdict(self) -> ProofVerdict:
        """The worst of the parts: fail, then error, then skip, then pass."""
        parts = {self.inside.verdict, self.outside.verdict, self.public_access.verdict}
        order: tuple[ProofVerdict, ...] = ("fail", "error", "skip")
        return next((one for one in order if one in parts), "pass")


def prove_isolation(
    endpoint: Endpoint, made_at: datetime, inside: ScoringAnswer, outside: OutsideCall | None
) -> IsolationProof:
    """Judge the observations; ``outside`` is None when the target has no internet proxy."""
    return IsolationProof(
        endpoint=endpoint.name,
        made_at=made_at,
        inside=judge_inside(inside),
        outside=judge_outside(outside),
        public_access=judge_public_access(endpoint),
    )


def judge_inside(answer: ScoringAnswer) -> ProofPart:
    """Judge a scoring call from inside the network: it must succeed."""
    if answer.is_ok:
        return ProofPart(verdict="pass", reason=f"A scoring call from inside returned HTTP {answer.status}.")
    return ProofPart(
        verdict="fail",
        reason=f"A scoring call from inside returned HTTP {answer.status} ({answer.outcome}). {answer.hint}",
    )


def judge_outside(call: OutsideCall | None) -> ProofPart:
    """Judge a scoring call from the internet: the endpoint must refuse it, and the proxy must work."""
    if call is None:
        return ProofPart(
            verdict="skip",
            reason="The target has no internet_proxy, so access from outside was not checked.",
        )
    if call.answer is None:
        return _judge_no_answer(call)
    status = call.answer.status
    if call.answer.outcome == "public_access_refused":
        return ProofPart(
            verdict="pass",
            reason=f"A scoring call from the internet was refused with HTTP {status}: public access is off.",
        )
    if call.answer.outcome in ("platform_error", "throttled"):
        return ProofPart(
            verdict="error",
            reason=f"The call from the internet returned HTTP {status}, which proves nothing.",
        )
    return ProofPart(
        verdict="fail",
        reason=f"A scoring call from the internet reached the endpoint: HTTP {status}.",
    )


def _judge_no_answer(call: OutsideCall) -> ProofPart:
    if call.proxy_works:
        return ProofPart(
            verdict="pass",
            reason="The scoring host is unreachable from the internet, while another host of "
            f"Azure answered: {call.failure}",
        )
    return ProofPart(
        verdict="error",
        reason=f"The internet proxy does not work, so nothing is proven: {call.failure}",
    )


def judge_public_access(endpoint: Endpoint) -> ProofPart:
    """Judge the endpoint's setting: public access must be off."""
    if endpoint.public_network_access == "disabled":
        return ProofPart(verdict="pass", reason="The endpoint's public_network_access is disabled.")
    return ProofPart(
        verdict="fail",
        reason="The endpoint's public_network_access is enabled. Set it to disabled.",
    )


def failure_of_proof(proof: IsolationProof) -> EndpointOpsError | None:
    """Return the error of a proof, or None where it passed or a part was skipped.

    "Not checked" is temporary, and never a pass.
    """
    if proof.verdict not in {"fail", "error"}:
        return None
    parts = (proof.inside, proof.outside, proof.public_access)
    reasons = " ".join(part.reason for part in parts if part.verdict == proof.verdict)
    if proof.verdict == "error":
        return ServiceUnavailable(
            f"the isolation of {proof.endpoint} could not be proven: {reasons}",
            "Check the target's internet_proxy, then run again.",
        )
    return Conflict(
        f"endpoint {proof.endpoint} is not isolated: {reasons}",
        "Set public_network_access to disabled on the endpoint, and run again.",
    )
