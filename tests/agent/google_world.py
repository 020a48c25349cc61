"""The owner of `tests.agent.world`, whose calendar is kept by the strict server of Google."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from agent.settings import AccountSettings, CalendarSettings, Service, SourceKind
from agent.store.database import Database
from connectors.google.invitations import GoogleInvitations
from connectors.google.reader import GoogleReader
from policies.proposal import Answer
from tests import make
from tests.agent.model_channel import GOOGLE
from tests.agent.service_world import Sent, ServiceWorld, WorldClock, Worlds
from tests.agent.world import ANA, SETTINGS
from tests.connectors.google.service import client
from tests.servers.common import Faults
from tests.servers.google.server import GoogleServer

GUEST = ANA.addresses[0]
SETTINGS_WITH_GOOGLE = replace(
    SETTINGS,
    calendars=(
        CalendarSettings("work", SourceKind.ACCOUNT, account="mine", id="primary"),
        SETTINGS.calendars[0],
    ),
    accounts=(AccountSettings("mine", Service.GOOGLE),),
    mail=None,
)
"""No mail server: whatever reaches a guest, Google sends."""
_SAID = {
    Answer.ACCEPTED: "accepted",
    Answer.TENTATIVE: "tentative",
    Answer.DECLINED: "declined",
}
_LATE = timedelta(seconds=30)


@dataclass
class GoogleWorld(ServiceWorld):
    served: GoogleServer = field(default_factory=GoogleServer)

    def __post_init__(self) -> None:
        self.client = client(self.served)
        channel = GoogleInvitations("work", self.client, "primary", sleep=lambda _: None)
        self.use("google", channel, GoogleReader("work", self.client, "primary", make.BERLIN))

    def close(self) -> None:
        self.client.close()
        super().close()

    def entries(self) -> list[dict[str, Any]]:
        every = self.served.state.calendars[self.served.owner].entries.values()
        return [each.event for each in every if each.event["status"] != "cancelled"]

    def sent(self) -> list[Sent]:
        return [Sent(*each[:2], datetime.fromisoformat(each.start)) for each in self.served.outbox]

    def moves(self) -> None:
        event = self._entry()
        start, end = ({**event[each], "dateTime": _later(event[each])} for each in ("start", "end"))
        self.served.change(event["id"], start=start, end=end)

    def retitles(self) -> None:
        self.served.change(self._entry()["id"], summary="Dentist")

    def removes(self) -> None:
        self.served.remove(self._entry()["id"])

    def answers(self, answer: Answer, words: str = "") -> None:
        self.served.answer(self._entry()["id"], GUEST, _SAID[answer], words)

    def fails(self, fault: str, *, done: bool) -> None:
        self.served.faults.add(fault, "calendar.events.[pd]*", done=done)

    @property
    def faults(self) -> Faults:
        return self.served.faults

    def _entry(self) -> dict[str, Any]:
        (event,) = self.entries()
        return event


@contextmanager
def worlds(empty: Database) -> Iterator[Worlds[GoogleWorld]]:
    """``unkind``: what is written shows late, and an id may be given twice meanwhile."""
    clock = WorldClock()
    served = GoogleServer(owner=make.OWNER.addresses[0], clock=clock)

    def build(store: Database) -> GoogleWorld:
        return GoogleWorld(store, GOOGLE, SETTINGS_WITH_GOOGLE, served=served)

    def behave(kind: str) -> None:
        late = _LATE if kind == "unkind" else timedelta()
        served.world.lag, served.world.weak_ids = late, late
        served.world.conference_after = 1

    with served.running():
        made = Worlds(served, served.saved(), clock, empty, build, behave)
        try:
            yield made
        finally:
            made.close()


def _later(time: dict[str, str]) -> str:
    return (datetime.fromisoformat(time["dateTime"]) + timedelta(hours=1)).isoformat()
