"""The result of an event intake run, and its report."""

from __future__ import annotations

from pydantic import BaseModel

from tasks.domain.common.markdown import escaped, table
from tasks.domain.events.prefect_event import REGISTERED, PrefectEvent
from tasks.domain.events.queue_message import ReadMessage

SHOWN = 50
_EVENTS = ("Event", "Subject", "Admitted", "Reason")


class SetAside(BaseModel, frozen=True):
    """An unreadable message."""

    id: str
    wrong: str
    taken: int


class IntakeReport(BaseModel, frozen=True):
    """The messages and events of a run, and their disposition.

    Attributes:
        messages: Number of messages taken from the queue.
        sent: Events that are new to Prefect.
        retold: Events of admitted versions that were re-emitted, since they started no flow run.
        repeated: Number of events that Prefect already had.
        ignored: Number of events of kinds that are not handled.
        set_aside: Unreadable messages that were moved to the poison queue.
        left: Unreadable messages that will be retried.
    """

    messages: int = 0
    sent: tuple[PrefectEvent, ...] = ()
    reemitted: tuple[PrefectEvent, ...] = ()
    repeated: int = 0
    ignored: int = 0
    set_aside: tuple[SetAside, ...] = ()
    left: tuple[SetAside, ...] = ()

    def __add__(self, other: IntakeReport) -> IntakeReport:
        return IntakeReport(
            messages=self.messages + other.messages,
            sent=self.sent + other.sent,
            reemitted=self.reemitted + other.reemitted,
            repeated=self.repeated + other.repeated,
            ignored=self.ignored + other.ignored,
            set_aside=self.set_aside + other.set_aside,
            left=self.left + other.left,
        )

    @property
    def admitted(self) -> tuple[PrefectEvent, ...]:
        """The events of model versions that a redeployment may start for."""
        return tuple(one for one in self.sent if one.payload.get("admitted") is True)

    @property
    def is_news(self) -> bool:
        """True when there is anything to report."""
        return bool(self.messages or self.sent or self.reemitted)

    @property
    def message(self) -> str:
        """The result in one sentence."""
        parts = [f"{len(self.sent)} new events, {len(self.admitted)} admitted to redeployment"]
        parts += [f"{len(self.reemitted)} re-emitted, since they started no flow run"] if self.reemitted else []
        parts += [f"{self.repeated} already known"] if self.repeated else []
        parts += [f"{self.ignored} ignored"] if self.ignored else []
        parts += [f"{len(self.set_aside)} messages set aside"] if self.set_aside else []
        parts += [f"{len(self.left)} unreadable messages will be retried"] if self.left else []
        return "; ".join(parts)


def is_exhausted(read: ReadMessage, tries: int) -> bool:
    """Return whether an unreadable message has reached the maximum number of tries."""
    return bool(read.wrong) and read.message.taken >= tries


def as_set_aside(read: ReadMessage) -> SetAside:
    """Return an unreadable message as a row of the report."""
    return SetAside(id=read.message.id, wrong=read.wrong, taken=read.message.taken)


def intake_markdown(report: IntakeReport, poison: str) -> str:
    """Return the run's page."""
    parts = [f"# Event intake\n\n{report.message}."]
    if report.sent:
        parts.append(table(_EVENTS, map(_row, report.sent[:SHOWN])))
    if report.reemitted:
        parts.append(f"## Re-emitted\n\n{table(_EVENTS, map(_row, report.reemitted[:SHOWN]))}")
    if report.set_aside:
        rows = [(one.id, one.taken, escaped(one.wrong)) for one in report.set_aside[:SHOWN]]
        parts.append(f"## Set aside in `{poison}`\n\n{table(('Message', 'Tries', 'Error'), rows)}")
        parts.append("Fix the sender, then move them to the queue, or delete them.")
    if report.left:
        rows = [(one.id, one.taken, escaped(one.wrong)) for one in report.left[:SHOWN]]
        parts.append(f"## To be retried\n\n{table(('Message', 'Tries', 'Error'), rows)}")
    return "\n\n".join(parts)


def _row(one: PrefectEvent) -> tuple[str, ...]:
    version = f" {one.payload['version']}" if one.name == REGISTERED else ""
    admitted = {True: "yes", False: "no"}.get(one.payload.get("admitted", ""), "")
    about = f"{one.resource['prefect.resource.name']}{version}"
    return one.name, escaped(about), admitted, escaped(str(one.payload.get("why", "")))
