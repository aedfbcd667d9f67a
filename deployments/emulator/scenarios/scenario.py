"""A scenario: a state of Azure by name, the diagnosis that is expected of it, and the changes that make it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, Literal

from deployments.emulator.scenarios.scene import Scene
from deployments.emulator.state import Resource

Health = Literal["healthy", "degraded", "unhealthy", "unknown"]
Select = Callable[[Scene], Iterable[Resource]]
Act = Callable[[Scene, Resource], None]


@dataclass(frozen=True, slots=True)
class Change:
    """Something that is done with each of some resources."""

    to: Select
    act: Act


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """The expected diagnosis of an endpoint: the code of the root cause's check, and a part of that check's remedy."""

    health: Health
    cause: str = ""
    remedy: str = ""


@dataclass(frozen=True, slots=True)
class Scenario:
    """One state.

    Attributes:
        name: Its name, in snake case.
        sentence: What is wrong, in one sentence.
        diagnosis: What a diagnosis of an endpoint comes to.
        changes: What is changed, in order.
        expects: What the diagnosis has to expect of the endpoint, to see it.
        cure: The request of the management plane that cures it; empty where none does.
    """

    name: str
    sentence: str
    diagnosis: Diagnosis
    changes: tuple[Change, ...]
    expects: Mapping[str, Any] = field(default_factory=dict)
    cure: str = ""

    def document(self) -> dict[str, Any]:
        """Return its description for the control address."""
        told = {"name": self.name, "sentence": self.sentence, **asdict(self.diagnosis), "cure": self.cure}
        return {**told, "expects": dict(self.expects)}
