"""The people the owner keeps up with: their rows, their addresses, and contact logged by hand."""

from __future__ import annotations

import json
import re
import sqlite3
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, timedelta
from functools import lru_cache
from itertools import groupby
from operator import itemgetter
from typing import Any, NamedTuple, TypeAlias

from agent.errors import UsageProblem
from agent.store import commitments, goals, memory
from agent.store.database import Database
from policies.hours import parse_hours, written_hours
from policies.people.identity import folded
from policies.people.naming import CJK
from policies.people.person import (
    Boundaries,
    Cadence,
    Format,
    Influence,
    Intent,
    Person,
    PersonId,
    Priority,
    PrivateNotes,
    Quality,
    Relation,
    Seniority,
    Weekday,
)
from policies.text import one_line

_ALIKE = 0.75  # a letter missing, or two swapped, in a name of five

Row: TypeAlias = tuple[Any, ...]
"""As sqlite3 answers: the columns of `_READ`."""

_COLUMNS = (
    "id, name, priority, listed_on, ideal_days, maximum_days, relation, organisation, function,"
    " role, seniority, quality, groups, goals, zone, country, hours, place, formats,"
    " do_not_contact, not_before, at_most_a_year, snoozed_until, how_met, common_ground, phone,"
    " notes, influence, intent, to_give, sensitive, allowances, office_days"
)
_NAMES = tuple(name.strip() for name in _COLUMNS.split(","))
_READ = (
    f"SELECT {', '.join('p.' + name for name in _NAMES)}, a.address"  # noqa: S608 - our own column names
    " FROM person p LEFT JOIN address a ON a.person = p.id"
)
_ORDER = " ORDER BY p.id, a.position"
_SAVE = (
    f"INSERT INTO person ({_COLUMNS}) VALUES ({', '.join('?' * len(_NAMES))})"  # noqa: S608 - see _READ
    f" ON CONFLICT (id) DO UPDATE SET {', '.join(f'{n} = excluded.{n}' for n in _NAMES[1:])}"
)


class AddressTaken(UsageProblem):
    """An address belongs to one person only."""


class Logged(NamedTuple):
    """Contact the owner recorded by hand; ``note`` is private."""

    person: PersonId
    at_s: int
    format: str
    note: str


def everyone(db: Database) -> tuple[Person, ...]:
    """All of them, by id."""
    return tuple(_people(db.each(_READ + _ORDER)))


def get(db: Database, person_id: PersonId) -> Person | None:
    return next(_people(db.rows(f"{_READ} WHERE p.id = ?{_ORDER}", person_id)), None)


def by_address(db: Database, address: str) -> Person | None:
    """Whose address it is; ``address`` is lower case, as `identity.address` answers."""
    found = db.rows("SELECT person FROM address WHERE address = ?", address)
    return get(db, found[0][0]) if found else None


def whose(db: Database) -> Mapping[str, PersonId]:
    """Whose each known address is."""
    return {
        address: PersonId(who) for address, who in db.rows("SELECT address, person FROM address")
    }


def find(db: Database, words: str) -> tuple[Person, ...]:
    """Everyone meant by ``words``, by id: the closest kind of match only.

    An id or an address in full means one person. Else the whole name; failing that, names with
    each of the words; failing that, names in which each word begins one; failing that, names and
    addresses together. Nowhere does a word count that stands inside another: Ana is not Tanaka,
    but 太郎 is 山田太郎. Case and accents do not matter.
    """
    sought = one_line(words).strip()
    exact = get(db, PersonId(sought.lower())) or by_address(db, sought.lower())
    if exact is not None:
        return (exact,)
    parts = folded(sought).split()
    if not parts:
        return ()
    named = [(person, folded(person.name)) for person in everyone(db)]
    kinds = (
        (person for person, name in named if name.split() == parts),
        (person for person, name in named if set(parts) <= set(name.split())),
        (person for person, name in named if _begins(name.split(), parts)),
        (person for person, name in named if _holds(" ".join((name, *person.addresses)), parts)),
    )
    return next(filter(None, map(tuple, kinds)), ())


def like(db: Database, words: str) -> Person | None:
    """Whose name, or a word of it, is spelt most like ``words``: to ask about, never to act on."""
    from difflib import get_close_matches

    spelt = {
        word: person
        for person in reversed(everyone(db))
        for name in (folded(person.name),)
        for word in (*name.split(), name)
    }
    close = get_close_matches(folded(words), spelt, 1, _ALIKE)
    return spelt[close[0]] if close else None


def save(sql: sqlite3.Connection, person: Person) -> None:
    """Write one person, new or known by id, with exactly these addresses.

    Raises:
        AddressTaken: one of the addresses belongs to someone else.
    """
    sql.execute(_SAVE, _values(person))
    known = sql.execute(
        "SELECT address FROM address WHERE person = ? ORDER BY position", (person.id,)
    ).fetchall()
    if tuple(row[0] for row in known) == person.addresses:
        return
    sql.execute("DELETE FROM address WHERE person = ?", (person.id,))
    for position, address in enumerate(person.addresses):
        try:
            sql.execute(
                "INSERT INTO address (address, person, position) VALUES (?, ?, ?)",
                (address, person.id, position),
            )
        except sqlite3.IntegrityError as error:
            raise _taken(sql, address) from error


def save_all(sql: sqlite3.Connection, people: Sequence[Person]) -> None:
    """Write many at once; addresses may move between them.

    Raises:
        AddressTaken: an address belongs to someone who is not among them.
    """
    sql.executemany("DELETE FROM address WHERE person = ?", [(person.id,) for person in people])
    for person in people:
        save(sql, person)


def remove(sql: sqlite3.Connection, person_id: PersonId) -> None:
    """Take one person off the list, with their addresses and logged contact."""
    sql.execute("DELETE FROM unplaced WHERE person = ?", (person_id,))
    sql.execute("DELETE FROM person WHERE id = ?", (person_id,))


def hand_over(sql: sqlite3.Connection, source: PersonId, target: PersonId) -> None:
    """Logged contact, proposals, sendings, promises, goals and the like become ``target``'s.

    Raises:
        sqlite3.IntegrityError: both have an open or approved proposal.
    """
    for statement in (
        "UPDATE logged_contact SET person = ? WHERE person = ?",
        "UPDATE proposal SET person = ? WHERE person = ?",
        "UPDATE action SET person = ? WHERE person = ?",
        "UPDATE OR IGNORE ritual_member SET person = ? WHERE person = ?",
        "UPDATE OR IGNORE gathering_person SET person = ? WHERE person = ?",
    ):
        sql.execute(statement, (target, source))
    memory.hand_over(sql, source, target)
    goals.hand_over(sql, source, target)
    commitments.hand_over(sql, source, target)


def ignored(db: Database) -> frozenset[str]:
    """Addresses the owner said never to list."""
    return frozenset(row[0] for row in db.rows("SELECT address FROM ignored_address"))


def ignore(sql: sqlite3.Connection, address: str, since: date) -> None:
    sql.execute(
        "INSERT INTO ignored_address (address, since) VALUES (?, ?) ON CONFLICT DO NOTHING",
        (address, since.isoformat()),
    )


def unignore(sql: sqlite3.Connection, address: str) -> None:
    sql.execute("DELETE FROM ignored_address WHERE address = ?", (address,))


def log(sql: sqlite3.Connection, contact: Logged) -> int:
    """Its number."""
    found = sql.execute(
        "INSERT INTO logged_contact (person, at_s, format, note) VALUES (?, ?, ?, ?) RETURNING id",
        contact,
    )
    return int(found.fetchone()[0])


def logged(db: Database) -> tuple[Logged, ...]:
    """All contact recorded by hand, oldest first within each person."""
    return tuple(
        Logged(*row)
        for row in db.rows(
            "SELECT person, at_s, format, note FROM logged_contact ORDER BY person, at_s, id"
        )
    )


def _taken(sql: sqlite3.Connection, address: str) -> AddressTaken:
    found = sql.execute("SELECT person FROM address WHERE address = ?", (address,)).fetchone()
    holder = found[0] if found else "someone else"
    return AddressTaken(
        f"{address} already belongs to {holder}",
        f"merge the two with `fika people merge {holder} …`",
    )


def _begins(name: Sequence[str], parts: Iterable[str]) -> bool:
    return all(any(word.startswith(part) for word in name) for part in parts)


def _holds(text: str, parts: Iterable[str]) -> bool:
    return all(re.search(rf"(?<![^\W{CJK}]){re.escape(part)}", text) for part in parts)


def _people(rows: Iterable[Row]) -> Iterator[Person]:
    """Rows in order of id and position, one for each address, as people."""
    for _, same in groupby(rows, key=itemgetter(0)):
        first, *more = same
        yield _person(first, tuple(row[-1] for row in (first, *more) if row[-1]))


def _person(row: Row, addresses: tuple[str, ...]) -> Person:
    (key, name, priority, listed_on, ideal, maximum, relation, organisation, function,
     role, seniority, quality, groups, goals, zone, country, hours, place, formats,
     do_not_contact, not_before, at_most, snoozed_until, how_met, common_ground, phone,
     notes, influence, intent, to_give, sensitive, allowances, office_days, _) = row  # fmt: skip
    return Person(
        id=PersonId(key),
        name=name,
        addresses=addresses,
        priority=Priority(priority),
        listed_on=_day(listed_on),
        cadence=_cadence(ideal, maximum) if ideal is not None else None,
        relation=Relation(relation),
        organisation=organisation,
        function=function,
        role=role,
        seniority=Seniority(seniority) if seniority is not None else None,
        influence=_influence(influence),
        quality=Quality(quality) if quality is not None else None,
        intent=Intent(intent) if intent is not None else None,
        groups=_list(groups),
        goals=_list(goals),
        zone=zone,
        country=country,
        hours=_hours(hours) if hours is not None else None,
        place=place,
        formats=_formats(formats),
        boundaries=_boundaries(do_not_contact, not_before, at_most),
        snoozed_until=_day(snoozed_until) if snoozed_until is not None else None,
        how_met=how_met,
        common_ground=_list(common_ground),
        to_give=_list(to_give),
        sensitive=bool(sensitive),
        allowances=_list(allowances),
        office_days=_weekdays(office_days),
        phone=phone,
        notes=PrivateNotes(notes),
    )


def _values(person: Person) -> tuple[object, ...]:
    limits, cadence = person.boundaries, person.cadence
    return (
        person.id,
        person.name,
        person.priority.value,
        person.listed_on.isoformat(),
        cadence.ideal.days if cadence else None,
        cadence.maximum.days if cadence else None,
        person.relation.value,
        person.organisation,
        person.function,
        person.role,
        person.seniority.value if person.seniority else None,
        person.quality.value if person.quality else None,
        _json(person.groups),
        _json(person.goals),
        person.zone,
        person.country,
        written_hours(person.hours) if person.hours else None,
        person.place,
        _json(person.formats),
        int(limits.do_not_contact),
        limits.not_before.isoformat() if limits.not_before else None,
        limits.at_most_a_year,
        person.snoozed_until.isoformat() if person.snoozed_until else None,
        person.how_met,
        _json(person.common_ground),
        person.phone,
        person.notes.reveal(),
        _json(person.influence),
        person.intent.value if person.intent else None,
        _json(person.to_give),
        int(person.sensitive),
        _json(person.allowances),
        _json(person.office_days),
    )


def _json(values: tuple[str, ...]) -> str:
    return json.dumps(values, ensure_ascii=False) if values else "[]"


# Thousands of people share a few of these texts, so each is read once.
_day = lru_cache(maxsize=4_096)(date.fromisoformat)
_hours = lru_cache(maxsize=512)(parse_hours)


@lru_cache(maxsize=1_024)
def _list(text: str) -> tuple[str, ...]:
    return tuple(json.loads(text))


@lru_cache(maxsize=512)
def _formats(text: str) -> tuple[Format, ...]:
    return tuple(Format(name) for name in json.loads(text))


@lru_cache(maxsize=512)
def _weekdays(text: str) -> tuple[Weekday, ...]:
    return tuple(Weekday(name) for name in json.loads(text))


@lru_cache(maxsize=512)
def _influence(text: str) -> tuple[Influence, ...]:
    return tuple(Influence(name) for name in json.loads(text))


@lru_cache(maxsize=512)
def _cadence(ideal_days: int, maximum_days: int) -> Cadence:
    return Cadence(timedelta(days=ideal_days), timedelta(days=maximum_days))


@lru_cache(maxsize=512)
def _boundaries(do_not_contact: int, not_before: str | None, at_most: int | None) -> Boundaries:
    day = _day(not_before) if not_before is not None else None
    return Boundaries(bool(do_not_contact), day, at_most)
