"""What a run of the event intake did, and its report."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict

from tasks.domain.common.markdown import escaped, table
from tasks.domain.events.prefect_event import REGISTERED, Happening
from tasks.domain.events.queue_message import ReadMessage

SHOWN = 50
_EVENTS = ("Event", "About", "Admitted", "Why")


class SetAside(BaseModel):
    """A message that nobody can read."""

    model_config = ConfigDict(frozen=True)

    id: str
    wrong: str
    taken: int


class IntakeReport(BaseModel):
    """What came, and what became of it.

    Attributes:
        messages: How many messages were taken from the queue.
        sent: The events that are new to Prefect.
        retold: Those of admitted versions that were told again, since no flow run came for them.
        repeated: How many events Prefect had already.
        ignored: How many events were of kinds that nobody is interested in.
        set_aside: Messages that were moved to the queue for what nobody can read.
        left: Messages that can't be read, and will be tried again.
    """

    model_config = ConfigDict(frozen=True)

    messages: int = 0
    sent: tuple[Happening, ...] = ()
    retold: tuple[Happening, ...] = ()
    repeated: int = 0
    ignored: int = 0
    set_aside: tuple[SetAside, ...] = ()
    left: tuple[SetAside, ...] = ()

    def __add__(self, other: IntakeReport) -> IntakeReport:
        return IntakeReport(
            messages=self.messages + other.messages,
            sent=self.sent + other.sent,
            retold=self.retold + other.retold,
            repeated=self.repeated + other.repeated,
            ignored=self.ignored + other.ignored,
            set_aside=self.set_aside + other.set_aside,
            left=self.left + other.left,
        )

    @property
    def admitted(self) -> tuple[Happening, ...]:
        """The model versions that a redeployment may start for."""
        return tuple(one for one in self.sent if one.payload.get("admitted") is True)

    @property
    def is_news(self) -> bool:
        """Whether there is anything to report."""
        return bool(self.messages or self.sent or self.retold)

    @property
    def message(self) -> str:
        """One sentence."""
        told = [f"{len(self.sent)} new events, {len(self.admitted)} admitted to redeployment"]
        told += [f"{len(self.retold)} told again, since no flow run came of them"] if self.retold else []
        told += [f"{self.repeated} known already"] if self.repeated else []
        told += [f"{self.ignored} of no interest"] if self.ignored else []
        told += [f"{len(self.set_aside)} messages set aside"] if self.set_aside else []
        told += [f"{len(self.left)} messages that can't be read will be tried again"] if self.left else []
        return "; ".join(told)


def must_go(read: ReadMessage, tries: int) -> bool:
    """Whether a message that can't be read has been tried often enough."""
    return bool(read.wrong) and read.message.taken >= tries


def as_set_aside(read: ReadMessage) -> SetAside:
    """For the report."""
    return SetAside(id=read.message.id, wrong=read.wrong, taken=read.message.taken)


def intake_markdown(report: IntakeReport, poison: str) -> str:
    """The run's page."""
    parts = [f"# Events taken in\n\n{report.message}."]
    if report.sent:
        parts.append(table(_EVENTS, map(_row, report.sent[:SHOWN])))
    if report.retold:
        parts.append(f"## Told again\n\n{table(_EVENTS, map(_row, report.retold[:SHOWN]))}")
    if report.set_aside:
        rows = [(one.id, one.taken, escaped(one.wrong)) for one in report.set_aside[:SHOWN]]
        parts.append(f"## Set aside in `{poison}`\n\n{table(('Message', 'Tries', 'What was wrong'), rows)}")
        parts.append("Correct what sends them, then put them back into the queue, or delete them.")
    if report.left:
        rows = [(one.id, one.taken, escaped(one.wrong)) for one in report.left[:SHOWN]]
        parts.append(f"## To be tried again\n\n{table(('Message', 'Tries', 'What was wrong'), rows)}")
    return "\n\n".join(parts)


def _row(one: Happening) -> tuple[str, ...]:
    version = f" {one.payload['version']}" if one.name == REGISTERED else ""
    admitted = {True: "yes", False: "no"}.get(one.payload.get("admitted", ""), "")
    about = f"{one.resource['prefect.resource.name']}{version}"
    return one.name, escaped(about), admitted, escaped(str(one.payload.get("why", "")))
