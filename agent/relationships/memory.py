"""What the owner remembers of people, as commands and the daily run change it."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable
from dataclasses import replace
from datetime import date
from typing import NamedTuple, TypeVar

from agent.errors import UsageProblem
from agent.store import memory, people
from agent.store.database import Database
from policies.audit.cadence import Standing
from policies.memory.brief import between
from policies.memory.favour import Favour
from policies.memory.promise import Promise, PromiseNumber, PromiseState, by_urgency
from policies.memory.thanks import (
    Occasion,
    Thanks,
    ThanksState,
    ToThank,
    at_years_end,
    by_due,
    thanks_for,
)
from policies.people.person import Person, PersonId, PrivateNotes
from policies.people.tidy import BODY_MAX, line

_Numbered = TypeVar("_Numbered", Promise, Thanks, Favour)


class Owed(NamedTuple):
    """What stands open between the owner and people, the most urgent first."""

    promises: tuple[Promise, ...]
    thanks: tuple[Thanks, ...]

    def of(self, person: PersonId) -> Owed:
        return Owed(
            tuple(each for each in self.promises if each.person == person),
            tuple(each for each in self.thanks if each.person == person),
        )


def owed(db: Database) -> Owed:
    """Every open promise, of both sides, and all thanks that are due."""
    return Owed(
        by_urgency(each for each in memory.promises(db) if each.is_open),
        by_due(each for each in memory.thanks(db) if each.is_due),
    )


def between_us(db: Database, person: Person, today: date) -> tuple[str, ...]:
    """What stands open between the owner and one person, a line each."""
    theirs = memory.promises_by_person(db).get(person.id, ())
    thanks = (each for each in memory.thanks(db) if each.person == person.id)
    favours = memory.favours_by_person(db).get(person.id, ())
    return tuple(between(person, today, theirs, thanks, favours))


def numbered(found: Iterable[_Numbered], number: int, what: str) -> _Numbered:
    """The one of this number; ``what`` is the command that lists them.

    Raises:
        UsageProblem: there is none.
    """
    for each in found:
        if each.number == number:
            return each
    raise UsageProblem(f"there is no number {number} in `fika {what}`", f"see `fika {what}`")


def end_promise(db: Database, number: int, state: PromiseState, today: date) -> Promise:
    """Keep a promise or let it go.

    Raises:
        UsageProblem: there is none of this number, or it has ended.
    """
    with db.transaction() as sql:
        found = numbered(memory.promises(db), number, "promises")
        if not found.is_open:
            raise UsageProblem(
                f"promise {number} was {found.state} on {found.ended}", "see `fika promises --all`"
            )
        memory.end_promise(sql, found.number, state, today)
    return replace(found, state=state, ended=today)


def end_thanks(db: Database, number: int, state: ThanksState, today: date) -> Thanks:
    """Say that someone was thanked, or will not be.

    Raises:
        UsageProblem: there is none of this number, or it has ended.
    """
    with db.transaction() as sql:
        found = numbered(memory.thanks(db), number, "thanks")
        if not found.is_due:
            raise UsageProblem(
                f"thanks {number} were {found.state} on {found.ended}", "see `fika thanks --all`"
            )
        memory.end_thanks(sql, found.number, state, today)
    return replace(found, state=state, ended=today)


def promise(
    db: Database, person: Person, what: str, today: date, due: date | None, *, mine: bool
) -> PromiseNumber:
    """Note a promise.

    Raises:
        UsageProblem: it says nothing.
    """
    with db.transaction() as sql:
        return memory.add_promise(sql, person.id, _said(what), today, due, mine=mine)


def to_thank(
    db: Database,
    person: Person,
    what: str,
    today: date,
    due: date | None = None,
    occasion: Occasion = Occasion.BY_HAND,
) -> Thanks:
    """Note that someone is to be thanked, as soon as the occasion wants it if no day is named."""
    usual = thanks_for(person.id, occasion, line(what), today)
    wanted = usual._replace(due=due or usual.due)
    with db.transaction() as sql:
        number = memory.add_thanks(sql, wanted)
    return Thanks(number, *wanted)


def favour(db: Database, person: Person, what: str, day: date, *, given: bool) -> None:
    """Note what was given, or asked for.

    Raises:
        UsageProblem: it says nothing.
    """
    with db.transaction() as sql:
        memory.add_favour(sql, person.id, _said(what), day, given=given)


def add_news(db: Database, what: str, day: date) -> int:
    """Note what the owner could tell people.

    Raises:
        UsageProblem: it says nothing.
    """
    with db.transaction() as sql:
        return memory.add_news(sql, _said(what), day)


def annotate(db: Database, person: Person, what: str, today: date) -> None:
    """Add to the private notes, with the day.

    Raises:
        UsageProblem: it says nothing.
    """
    with db.transaction() as sql:
        annotated(db, sql, person.id, f"{today.isoformat()}: {_said(what)}")


def annotated(db: Database, sql: sqlite3.Connection, key: PersonId, text: str) -> None:
    """A line more in the private notes, in the caller's transaction; the oldest words give way."""
    person = people.get(db, key)
    if person is not None:
        notes = "\n".join(filter(None, (person.notes.reveal(), text)))
        people.save(sql, replace(person, notes=PrivateNotes(notes[-BODY_MAX:])))


def years_end(db: Database, standings: Iterable[Standing], today: date) -> tuple[ToThank, ...]:
    """Note whom to thank for the year, once each; nothing but in December."""
    new = at_years_end(standings, memory.favours_by_person(db), memory.thanks(db), today)
    if new:
        with db.transaction() as sql:
            for each in new:
                memory.add_thanks(sql, each)
    return new


def _said(what: str) -> str:
    said = line(what)
    if not said:
        raise UsageProblem("it says nothing", "write in a few words what it was")
    return said
