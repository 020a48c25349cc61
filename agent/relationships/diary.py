"""The diary: contact that no calendar knows, what else a line says, and taking it back."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import date, datetime, time
from typing import Final

from agent.errors import UsageProblem
from agent.relationships.memory import annotated, owed
from agent.store import diary as store
from agent.store import memory, people
from agent.store.database import Database
from agent.store.diary import Entry, Line
from policies.memory.logline import Finding, Kind
from policies.memory.mentions import Who
from policies.memory.thanks import Occasion, ThanksState, thanks_for
from policies.people.person import Format, Person, PrivateNotes
from policies.people.tidy import body, line
from policies.wall import WallTime, absolute

_NOON: Final = time(12)
_FIRST_YEAR: Final = 1970

_FAVOURS: Final = frozenset({Kind.GAVE, Kind.HAD, Kind.ASKED, Kind.INTRODUCED_ME})
TO_BE_THANKED: Final = {Kind.HAD: Occasion.HELP, Kind.INTRODUCED_ME: Occasion.INTRODUCTION}


def contact(
    db: Database, person: Person, day: date, how: Format, note: str, today: date, zone: str
) -> None:
    """Log one contact, at noon of ``day`` in the owner's zone.

    Raises:
        UsageProblem: nobody alive was there on that day.
    """
    if day.year < _FIRST_YEAR:
        raise UsageProblem(f"{day} is too long ago", f"give a day from {_FIRST_YEAR} on")
    who = (Who("", (person.id,)),)
    met = Finding(Kind.CONTACT, who, "", day=day, format=how)
    record(db, (met, *((Finding(Kind.NOTE, who, note),) if note else ())), today, zone)


def record(db: Database, found: Sequence[Finding], today: date, zone: str) -> None:
    """Save all that a line says, at once; everyone in it is one person, and contacts say how.

    What no rule understood becomes the private note of the contact with that person, and where
    the line tells of none, of the person.
    """
    notes = {each: body(each.what) for each in found if each.kind is Kind.NOTE}
    entries: list[Entry] = []
    with db.transaction() as sql:
        for each in found:
            for who in each.who:
                if each.kind is Kind.CONTACT:
                    theirs = [note for note in notes if note.who[:1] == (who,)]
                    text = "; ".join(notes.pop(note) for note in theirs)
                    entries.append(_met(sql, _of(who, each, text), today, zone))
                elif each.kind is not Kind.NOTE:
                    entries += _remember(db, sql, _of(who, each, line(each.what)), today)
        for each, text in notes.items():
            said = f"{today.isoformat()}: {text}"
            annotated(db, sql, each.who[0].found[0], said)
            entries.append(Entry(_of(each.who[0], each, said)))
        store.keep(sql, entries, today)


def take_back(db: Database, last: Line) -> tuple[Entry, ...]:
    """Undo what a line wrote; the notes among it that stay, because they were changed since.

    Raises:
        UsageProblem: another line was logged, or this one taken back, meanwhile.
    """
    with db.transaction() as sql:
        if store.latest(db, 1) != (last,):
            raise UsageProblem("something else was logged meanwhile", "see `fika log`")
        store.take_back(sql, last)
        notes = (each for each in last.entries if each.finding.kind is Kind.NOTE)
        return tuple(each for each in notes if not _struck(db, sql, each))


def _of(who: Who, each: Finding, what: str) -> Finding:
    return replace(each, who=(who,), what=what)


def _met(sql: sqlite3.Connection, each: Finding, today: date, zone: str) -> Entry:
    at = WallTime(datetime.combine(each.day or today, _NOON), zone)
    how = each.format.value if each.format else ""
    logged = people.Logged(each.who[0].found[0], absolute(at, zone), how, each.what)
    return Entry(replace(each, day=each.day or today), people.log(sql, logged))


def _remember(db: Database, sql: sqlite3.Connection, each: Finding, today: date) -> Iterator[Entry]:
    person, day = each.who[0].found[0], each.day or today
    if each.kind in {Kind.PROMISED, Kind.PROMISED_ME}:
        mine = each.kind is Kind.PROMISED
        yield Entry(each, memory.add_promise(sql, person, each.what, today, each.day, mine=mine))
    elif each.kind in _FAVOURS:
        given = each.kind is Kind.GAVE
        yield Entry(each, memory.add_favour(sql, person, each.what, day, given=given))
        if each.kind in TO_BE_THANKED:
            yield _to_thank(sql, each, TO_BE_THANKED[each.kind], None, today)
    elif each.kind is Kind.TO_THANK:
        yield _to_thank(sql, each, Occasion.BY_HAND, each.day, today)
    else:
        yield from _thanked(db, sql, each, day)


def _to_thank(
    sql: sqlite3.Connection, each: Finding, occasion: Occasion, by: date | None, today: date
) -> Entry:
    usual = thanks_for(each.who[0].found[0], occasion, each.what, today)
    wanted = usual._replace(due=by or usual.due)
    said = replace(each, kind=Kind.TO_THANK, day=wanted.due)
    return Entry(said, memory.add_thanks(sql, wanted))


def _thanked(db: Database, sql: sqlite3.Connection, each: Finding, day: date) -> Iterator[Entry]:
    """All thanks due to the person are said; where none were, these are kept for the record."""
    person = each.who[0].found[0]
    due = owed(db).of(person).thanks
    for one in due:
        memory.end_thanks(sql, one.number, ThanksState.DONE, day)
        yield Entry(replace(each, what=one.what), one.number, made=False)
    if not due:
        said = thanks_for(person, Occasion.BY_HAND, each.what, day)
        number = memory.add_thanks(sql, said)
        memory.end_thanks(sql, number, ThanksState.DONE, day)
        yield Entry(each, number)


def _struck(db: Database, sql: sqlite3.Connection, each: Entry) -> bool:
    """Whether the note still stood as it was written, and is out now."""
    person = people.get(db, each.person)
    before, found, after = "", "", ""
    if person is not None:
        notes = f"\n{person.notes.reveal()}\n"
        before, found, after = notes.rpartition(f"\n{each.finding.what}\n")
    if person is not None and found:
        left = "\n".join(filter(None, (before.strip("\n"), after.strip("\n"))))
        people.save(sql, replace(person, notes=PrivateNotes(left)))
    return bool(found)
