"""The traffic split: the online deployment that serves a request, and the one that gets a copy of it."""

from __future__ import annotations

import random

from deployments.emulator.core import Emulator
from deployments.emulator.services.scoring import refusals
from deployments.emulator.state import Resource

HEADER = "azureml-model-deployment"


class Split:
    """Draws by weight; `random` can be replaced by a seeded generator."""

    def __init__(self, emulator: Emulator) -> None:
        self._emulator = emulator
        self.random = random.Random()  # noqa: S311  (who gets a request is no secret)

    def deployment(self, endpoint: Resource, named: str) -> Resource:
        """The deployment that the caller named, or one by its share of the traffic.

        Raises:
            RefusalError: 404, where there is none of that name, or none with traffic.
        """
        if named:
            return self._named(endpoint, named)
        shares = _shares(endpoint, "traffic")
        if not shares:
            raise refusals.no_deployment()
        [name] = self.random.choices(list(shares), weights=list(shares.values()))
        return self._named(endpoint, name)

    def _named(self, endpoint: Resource, name: str) -> Resource:
        found = self._emulator.resources.get(f"{endpoint.id}/deployments/{name}")
        if found is None:
            raise refusals.no_deployment(name)
        return found

    def mirror(self, endpoint: Resource) -> Resource | None:
        """The deployment that gets a copy of this request, drawn by the percentage of the mirror traffic."""
        for name, percentage in _shares(endpoint, "mirrorTraffic").items():
            if self.random.uniform(0, 100) < percentage:
                return self._emulator.resources.get(f"{endpoint.id}/deployments/{name}")
        return None


def _shares(endpoint: Resource, kind: str) -> dict[str, float]:
    traffic = endpoint.properties.get(kind) or {}
    return {name: float(share) for name, share in traffic.items() if share and float(share) > 0}
