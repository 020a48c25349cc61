"""A store that has read calendars, for tests of what is asked of it afterwards."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

from agent.reading import Outcome, read_all
from agent.settings import CalendarSettings, Settings, SourceKind
from agent.store import people, proposals
from agent.store.database import Database
from connectors.port import Changes, Cursor
from policies.calendar.event import Event, Recurrence
from policies.interval import Interval
from policies.people.person import Format, Person
from policies.proposal import Answer, Draft, ProposalState, Slot
from tests import make

NOW = make.utc("2026-03-31 12:00")
SETTINGS = Settings(
    make.OWNER,
    (
        CalendarSettings("private", SourceKind.ICS, Path("private")),
        CalendarSettings("work", SourceKind.ICS, Path("work")),
    ),
)


_LISTED = "listing"  # another kind of reader may have been there before


class Listing:
    """A calendar of these events, one item for each UID; it tells what is new since a cursor.

    Of what is gone it reports these UIDs as ``deleted``; of the rest it says nothing.
    """

    def __init__(self, events: Sequence[Event], deleted: Collection[str] = ()) -> None:
        uids = dict.fromkeys(event.uid for event in events)
        grouped = (make.item(*(each for each in events if each.uid == uid)) for uid in uids)
        self.items = {each.id: replace(each, etag=str(hash(each))) for each in grouped}
        self.deleted = frozenset(deleted)

    def changes(self, cursor: Cursor | None, window: Interval) -> Changes:
        mine = cursor.splitlines()[1:] if cursor and cursor.startswith(_LISTED) else ()
        known = dict(line.rsplit(" ", 1) for line in mine)
        return Changes(
            cursor=Cursor(
                "\n".join((_LISTED, *(f"{i} {it.etag}" for i, it in self.items.items())))
            ),
            changed=tuple(each for key, each in self.items.items() if known.get(key) != each.etag),
            deleted=tuple(key for key in known if key in self.deleted),
            absent=tuple(key for key in known if key not in {*self.items, *self.deleted}),
            anew=not known,
            total=len(self.items),
        )


def read(
    db: Database,
    work: Sequence[Event] = (),
    private: Sequence[Event] = (),
    *,
    deleted: Collection[str] = (),
    settings: Settings = SETTINGS,
    now: datetime = NOW,
) -> None:
    """Read both calendars, which hold these events now; ``deleted`` are UIDs of the first."""
    readers = {"work": Listing(work, deleted), "private": Listing(private)}
    for reading in read_all(db, settings, readers, now):
        assert reading.outcome is Outcome.READ, reading


def meeting(
    start: str,
    *guests: str,
    uid: str = "",
    title: str = "A meeting",
    minutes: int = 30,
    rule: str = "",
) -> Event:
    """A meeting of the owner in Berlin with these addresses, all of whom accepted."""
    return replace(
        make.event(start, minutes=minutes),
        uid=uid or f"{title} {start}",
        summary=title,
        recurrence=Recurrence(rules=(rule,)) if rule else None,
        attendees=tuple(map(make.attendee, guests)),
    )


def listed(db: Database, *persons: Person) -> None:
    with db.transaction() as sql:
        for person in persons:
            people.save(sql, person)


def logged(db: Database, person: Person, at: datetime, how: Format, note: str = "") -> None:
    with db.transaction() as sql:
        people.log(sql, people.Logged(person.id, int(at.timestamp()), how.value, note))


def invited(
    db: Database,
    person: Person,
    start: datetime,
    *,
    answer: Answer = Answer.NONE,
    state: ProposalState = ProposalState.SENT,
) -> None:
    """A coffee of an hour that Fika proposed to ``person``, in the given state and answered so."""
    slot = Slot(Interval(start, start + timedelta(hours=1)))
    other = Slot(Interval(start + timedelta(days=7), start + timedelta(days=7, hours=1)))
    draft = Draft(person.id, "", Format.COFFEE, (slot, other), (), (), "Coffee?", "", start)
    with db.transaction() as sql:
        number = proposals.add(sql, draft, start - timedelta(days=9))
        proposals.set_answer(sql, number, answer, "", start - timedelta(days=8))
        proposals.set_state(sql, number, state)
