"""Resolution of a scoring host from several vantage points, and the expected addresses."""

from __future__ import annotations

from pydantic import BaseModel

from tasks.domain.azure.networking.dns import DnsAnswer, outside_of
from tasks.domain.azure.networking.private_network import PrivateEndpoint
from tasks.domain.diagnostics.finding import Evidence, seen


class Resolution(BaseModel, frozen=True):
    """One answer per vantage point, of those queried."""

    private_endpoints: tuple[PrivateEndpoint, ...]
    answers: tuple[DnsAnswer, ...]

    @property
    def expected(self) -> tuple[str, ...]:
        """The addresses that the private endpoints have for scoring hosts."""
        return tuple(sorted({ip for one in self.private_endpoints for ip in one.scoring_addresses}))

    @property
    def ranges(self) -> tuple[str, ...]:
        """The address ranges of the private endpoints' networks."""
        return tuple(sorted({block for one in self.private_endpoints for block in one.network.ranges}))

    def answer(self, vantage: str) -> DnsAnswer | None:
        """Return the answer from one vantage point, if it was queried."""
        return next((one for one in self.answers if one.vantage == vantage), None)

    def is_private(self, answer: DnsAnswer) -> bool:
        """Return whether all addresses of an answer belong to the private endpoints."""
        return bool(answer.addresses) and set(answer.addresses) <= set(self.expected)

    def outside(self, answer: DnsAnswer) -> tuple[str, ...]:
        """Return the addresses of an answer that lie outside the networks."""
        return outside_of(answer.addresses, self.ranges)

    @property
    def table(self) -> tuple[Evidence, ...]:
        """The expected and actual answers, one line per vantage point."""
        expected = ", ".join(self.expected) or "no private address is known"
        return tuple(seen(f"{one.vantage} DNS ({one.server})", one.text, expected) for one in self.answers)
