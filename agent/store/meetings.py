"""Who was met when: evidence as the calendars, the owner's log and sent invitations show it.

Past is what has ended by ``now_s``. Nothing here is kept up to date by hand: it is read from the
present occurrences, so a meeting cancelled later stops counting by itself, and one whose entry
has left its source still counts. A meeting that stands in two calendars counts once.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from enum import StrEnum
from itertools import groupby
from typing import Final, NamedTuple

from agent.store.database import Database, of_one_moment
from agent.store.entries import UID
from policies.audit.evidence import Reason, Strength
from policies.calendar import codec
from policies.calendar.event import CalendarItem, Event
from policies.people.person import PersonId

_DAY_S = 86_400
_HALF_DAY_S = _DAY_S // 2
_YEAR_S = 365 * _DAY_S
_AT_ONCE = 500  # ids in one query


class Contact(NamedTuple):
    """One meeting that counts, or will; logged contact stands at noon of its day.

    ``what`` is the format where no calendar names the guest, and otherwise empty: `titles` looks
    it up for those that are shown.
    """

    start_s: int
    what: str = ""


class ContactFacts(NamedTuple):
    """One person's contact: the last, the next, and how often in the past 365 days.

    ``seen_s`` is the start of the last meeting in a larger group, which is no contact.
    """

    last: Contact | None = None
    next: Contact | None = None
    seen_s: int | None = None
    in_a_year: int = 0


NO_CONTACT = ContactFacts()


class Origin(StrEnum):
    """How we know of a meeting: a calendar names the guest, the owner logged it, we sent it."""

    CALENDAR = "calendar"
    LOGGED = "logged"
    ARRANGED = "arranged"


class Meeting(NamedTuple):
    """One meeting with one person, past or to come, and how it is judged.

    ``event`` and ``calendars`` are there when a calendar holds it. ``left_s`` says since when
    the first of them does so no more, ``None`` while it does. ``what`` and ``note`` are what the
    owner logged or we arranged; the note is for the owner's own eyes.
    """

    start_s: int
    end_s: int
    strength: Strength
    reason: Reason
    origin: Origin
    event: Event | None = None
    calendars: tuple[str, ...] = ()
    left_s: int | None = None
    what: str = ""
    note: str = ""

    def is_past(self, now_s: int) -> bool:
        """Whether it has ended; what the owner logged has, from the start of its day."""
        early_s = _HALF_DAY_S if self.origin is Origin.LOGGED else 0
        return self.end_s - early_s <= now_s


class Met(NamedTuple):
    """An address the owner meets and has not listed; ``name`` as the last invitation wrote it."""

    address: str
    name: str
    contacts: int
    seen: int
    last_s: int


# Seeks along the index by address: a person costs a few steps however long the archive is. What
# counts lasts less than a day, so a meeting still going on started within one. The copies of one
# meeting in several calendars start together.
_BY_ADDRESS = """
SELECT a.person,
    (SELECT t.start_s FROM attendance t
    WHERE t.address = a.address AND t.strength = 2 AND t.start_s <= ?1 AND t.end_s <= ?1 {held}
    ORDER BY t.start_s DESC LIMIT 1),
    (SELECT t.start_s FROM attendance t
    WHERE t.address = a.address AND t.strength = 2 AND t.start_s > ?1 - 86400 AND t.end_s > ?1
    ORDER BY t.start_s LIMIT 1),
    (SELECT t.start_s FROM attendance t
    WHERE t.address = a.address AND t.strength = 1 AND t.start_s <= ?1 AND t.end_s <= ?1
    ORDER BY t.start_s DESC LIMIT 1),
    CASE WHEN ?3 IS NULL OR a.person IN (SELECT value FROM json_each(?3)) THEN
    (SELECT count(DISTINCT t.start_s) FROM attendance t
    WHERE t.address = a.address AND t.strength = 2 AND t.start_s > ?2 AND t.start_s <= ?1
    AND t.end_s <= ?1 {held}) ELSE 0 END
FROM address a
"""
# So do those of one that names two addresses of one person, which must not count twice.
_OF_SEVERAL = """
SELECT a.person, count(DISTINCT t.start_s) FROM address a JOIN attendance t ON t.address = a.address
WHERE a.person IN (SELECT person FROM address GROUP BY person HAVING count(*) > 1)
AND t.strength = 2 AND t.start_s > ?2 AND t.start_s <= ?1 AND t.end_s <= ?1 {held}
GROUP BY a.person
"""
_HELD = """
AND NOT EXISTS (SELECT 1 FROM aftermath m
    WHERE m.person = a.person AND m.start_s = t.start_s AND m.happened = 0)
"""
_TITLED = """
SELECT a.person, t.start_s, max(t.occurrence)
FROM json_each(?) j JOIN address a ON a.person = json_extract(j.value, '$[0]')
JOIN attendance t ON t.address = a.address AND t.strength = 2
    AND t.start_s = json_extract(j.value, '$[1]')
GROUP BY a.person, t.start_s
"""
# From the start of its day: a contact logged for today counts in the morning too.
_LOGGED = "SELECT person, at_s, at_s - 43200, format FROM logged_contact WHERE at_s - 43200 <= ?1"
MOVED: Final = f"""EXISTS (
    SELECT 1 FROM address a JOIN attendance t ON t.address = a.address
    JOIN occurrence o ON o.id = t.occurrence JOIN item i ON i.id = o.item
    JOIN action x ON x.uid = {UID}
    WHERE a.person = p.person AND x.proposal = p.number AND t.start_s <> s.start_s
    AND t.start_s BETWEEN s.start_s - 5270400 AND s.start_s + 5270400)"""  # noqa: S608 - our own words
"""Whether the owner has moved what proposal ``p`` arranged for its slot ``s``, guest and all.

Nobody moves a meeting by two months and calls it the same.
"""

# Our own entry in the owner's calendar names no guest. Where another copy does, that one is judged.
_ARRANGED = f"""
SELECT p.person, s.start_s, s.end_s, p.format
FROM proposal p JOIN proposal_slot s ON s.proposal = p.number AND s.position = p.chosen
WHERE p.state = 'sent' AND p.answer NOT IN ('declined', 'countered') AND NOT EXISTS (
    SELECT 1 FROM address a JOIN attendance t ON t.address = a.address
    WHERE a.person = p.person AND t.start_s = s.start_s) AND NOT {MOVED}
"""  # noqa: S608 - our own words
_HISTORY = f"""
SELECT {UID} AS uid, o.recurrence_id_s, t.strength, t.start_s, t.end_s, t.reason, o.id, o.item,
    o.event, c.name, i.left_s
FROM address a JOIN attendance t ON t.address = a.address JOIN occurrence o ON o.id = t.occurrence
JOIN item i ON i.id = o.item JOIN calendar c ON c.id = i.calendar
WHERE a.person = ?1
ORDER BY uid, o.recurrence_id_s, t.strength DESC, i.left_s IS NOT NULL, c.name, o.id
"""  # noqa: S608 - our own words
_MISSED = "SELECT person, start_s FROM aftermath WHERE happened = 0"
_MET = """
SELECT t.address, count(DISTINCT CASE WHEN t.strength = 2 THEN t.start_s END) AS contacts,
    count(DISTINCT CASE WHEN t.strength = 1 THEN t.start_s END) AS seen, max(t.start_s) AS last_s
FROM attendance t
WHERE t.end_s <= ?1 AND t.strength > 0
    AND NOT EXISTS (SELECT 1 FROM address a WHERE a.address = t.address)
    AND NOT EXISTS (SELECT 1 FROM ignored_address g WHERE g.address = t.address)
    AND t.address NOT LIKE 'forgotten-%@fika.invalid'
GROUP BY t.address ORDER BY contacts DESC, seen DESC, last_s DESC, t.address
"""

# Whether the owner is there is asked of what is none of the others (policies.audit.evidence). From
# item to attendance (SQLite keeps the order of a CROSS JOIN) the first meeting they are in settles
# it; the other way round all meetings of all calendars would be looked at.
_HELD_THERE = """
SELECT 1 FROM item i CROSS JOIN occurrence o ON o.item = i.id
CROSS JOIN attendance t ON t.occurrence = o.id
WHERE i.calendar = c.id AND i.left_s IS NULL AND t.reason
"""
_WITHOUT_OWNER = f"""
SELECT c.name FROM calendar c WHERE NOT EXISTS ({_HELD_THERE} NOT IN ('not-invited', 'cancelled',
    'out-of-office', 'working-location', 'birthday', 'focus', 'all-day'))
AND EXISTS ({_HELD_THERE} = 'not-invited')
"""  # noqa: S608 - our own words


def without_owner(db: Database) -> frozenset[str]:
    """Calendars that hold meetings and name an address of the owner's in none of them."""
    return frozenset(row[0] for row in db.rows(_WITHOUT_OWNER))


@of_one_moment
def contacts(
    db: Database, now_s: int, counted: Collection[PersonId] | None = None
) -> Mapping[PersonId, ContactFacts]:
    """The contact of everyone who has any, was seen, or has a meeting booked.

    ``counted`` are those whose contacts of a year are counted, everyone when it is ``None``.
    """
    return _facts(now_s, db.rows, None if counted is None else json.dumps(sorted(counted)))


@of_one_moment
def contact(db: Database, person: PersonId, now_s: int) -> ContactFacts:
    """The contact of one person, at the cost of one."""

    def of_one(query: str, *values: object) -> list[tuple]:  # type: ignore[type-arg]
        return db.rows(f"SELECT * FROM ({query}) WHERE person = ?", *values, person)  # noqa: S608 - our own words

    return _facts(now_s, of_one).get(person, NO_CONTACT)


def _facts(
    now_s: int,
    rows: Callable[..., list[tuple]],  # type: ignore[type-arg]
    counted: str | None = None,
) -> Mapping[PersonId, ContactFacts]:
    year_s = now_s - _YEAR_S
    missed = set(rows(_MISSED))
    held = _HELD if missed else ""  # to ask it of each meeting costs as much as all the rest
    found: dict[PersonId, ContactFacts] = {}
    by_address = rows(_BY_ADDRESS.format(held=held), now_s, year_s, counted)
    for who, last_s, next_s, seen_s, number in by_address:
        if last_s is not None or next_s is not None or seen_s is not None:
            last = None if last_s is None else Contact(last_s)
            next_ = None if next_s is None else Contact(next_s)
            facts = ContactFacts(last, next_, seen_s, number)
            found[who] = _together(found[who], facts) if who in found else facts
    for who, number in rows(_OF_SEVERAL.format(held=held), now_s, year_s):
        found[who] = found[who]._replace(in_a_year=number)
    arranged = [row for row in rows(_ARRANGED) if row[:2] not in missed]
    for who, start_s, over_s, what in (*rows(_LOGGED, now_s), *arranged):
        one = Contact(start_s, what)
        past = ContactFacts(one, in_a_year=int(start_s > year_s))
        facts = past if over_s <= now_s else ContactFacts(next=one)
        found[who] = _together(found.get(who, NO_CONTACT), facts)
    return found


def _together(one: ContactFacts, other: ContactFacts) -> ContactFacts:
    """Of two that start together what a calendar shows stays, which comes first."""
    lasts = [each.last for each in (one, other) if each.last]
    nexts = [each.next for each in (one, other) if each.next]
    seen = [each.seen_s for each in (one, other) if each.seen_s is not None]
    return ContactFacts(
        max(lasts, key=lambda each: each.start_s, default=None),
        min(nexts, key=lambda each: each.start_s, default=None),
        max(seen, default=None),
        one.in_a_year + other.in_a_year,
    )


@of_one_moment
def history(db: Database, person: PersonId) -> tuple[Meeting, ...]:
    """Every meeting of one person, newest first, those to come included, each once."""
    rows = [_Row(*row) for row in db.rows(_HISTORY, person)]
    items = _items(db, {row.item for row in rows})
    meetings = [
        Meeting(
            start_s=row.start_s,
            end_s=row.end_s,
            strength=Strength(row.strength),
            reason=Reason(row.reason),
            origin=Origin.CALENDAR,
            event=items[row.item].events[row.event],
            calendars=calendars,
            left_s=row.left_s,
        )
        for row, calendars in _each_once(rows)
    ]
    meetings += _logged(db, person)
    meetings += _arranged(db, person)
    missed = {at_s for who, at_s in db.rows(_MISSED) if who == person}
    meetings = [_as_held(each, missed) for each in meetings]
    return tuple(sorted(meetings, key=lambda each: (-each.start_s, each.origin, each.what)))


@of_one_moment
def titles(
    db: Database, contacts: Iterable[tuple[PersonId, int]]
) -> Mapping[tuple[PersonId, int], str]:
    """What the calendar calls the contact with each person that starts at each moment."""
    rows = db.rows(_TITLED, json.dumps(sorted(contacts)))
    found = events(db, {occurrence for _, _, occurrence in rows})
    return {(who, start_s): found[occurrence].summary for who, start_s, occurrence in rows}


@of_one_moment
def events(db: Database, occurrences: Iterable[int]) -> Mapping[int, Event]:
    """What the calendar says of these occurrences, by id."""
    rows = list(_by_id(db, "SELECT id, item, event FROM occurrence WHERE id IN", occurrences))
    items = _items(db, {item for _, item, _ in rows})
    return {id_: items[item].events[event] for id_, item, event in rows}


@of_one_moment
def met(db: Database, now_s: int) -> tuple[Met, ...]:
    """Who was met and is neither listed nor to be ignored: most contacts first, then most seen."""
    rows = db.rows(_MET, now_s)
    names = _names(db, [(address, last_s) for address, _, _, last_s in rows])
    return tuple(
        Met(address, names.get(address, ""), contacts, seen, last_s)
        for address, contacts, seen, last_s in rows
    )


class _Row(NamedTuple):
    uid: str
    recurrence_id_s: int | None
    strength: int
    start_s: int
    end_s: int
    reason: str
    occurrence: int
    item: int
    event: int
    calendar: str
    left_s: int | None


def _each_once(rows: Iterable[_Row]) -> Iterator[tuple[_Row, tuple[str, ...]]]:
    """One row a meeting, and the calendars it stands in; ``rows`` by identity, strongest first.

    Within the calendar of the strongest copy, entries that share a UID are several meetings;
    in every other calendar they are copies.
    """
    for _, copies in groupby(rows, key=lambda row: (row.uid, row.recurrence_id_s)):
        group = list(copies)
        names = tuple(dict.fromkeys(row.calendar for row in group))
        own = {row.occurrence: row for row in reversed(group) if row.calendar == names[0]}
        for row in own.values():
            yield row, names


def _as_held(meeting: Meeting, missed: Collection[int]) -> Meeting:
    """What the owner said did not happen proves nothing, whatever calendars show."""
    if meeting.start_s not in missed or meeting.origin is Origin.LOGGED:
        return meeting
    return meeting._replace(strength=Strength.NOTHING, reason=Reason.NOT_HELD)


def _logged(db: Database, person: PersonId) -> Iterator[Meeting]:
    for at_s, what, note in db.rows(
        "SELECT at_s, format, note FROM logged_contact WHERE person = ?", person
    ):
        yield Meeting(
            at_s, at_s, Strength.CONTACT, Reason.LOGGED, Origin.LOGGED, what=what, note=note
        )


def _arranged(db: Database, person: PersonId) -> Iterator[Meeting]:
    for _, start_s, end_s, what in db.rows(f"{_ARRANGED} AND p.person = ?", person):
        yield Meeting(start_s, end_s, Strength.CONTACT, Reason.ARRANGED, Origin.ARRANGED, what=what)


def _names(db: Database, last: list[tuple[str, int]]) -> Mapping[str, str]:
    """The name beside each address in the newest invitation that named it, where there was one."""
    found = {}
    newest = {
        address: db.rows(
            "SELECT o.item, o.event FROM attendance t JOIN occurrence o ON o.id = t.occurrence"
            " WHERE t.address = ? AND t.start_s = ? ORDER BY o.id DESC LIMIT 1",
            address,
            last_s,
        )[0]
        for address, last_s in last
    }
    items = _items(db, {item for item, _ in newest.values()})
    for address, (item, event) in newest.items():
        for each in items[item].events[event].attendees:
            if each.address.lower() == address and each.name:
                found[address] = each.name
    return found


def _items(db: Database, ids: Iterable[int]) -> dict[int, CalendarItem]:
    return {
        id_: codec.decode(body)
        for id_, body in _by_id(db, "SELECT id, body FROM item WHERE id IN", ids)
    }


def _by_id(db: Database, select: str, ids: Iterable[int]) -> Iterator[tuple]:  # type: ignore[type-arg]
    wanted = sorted(ids)
    for first in range(0, len(wanted), _AT_ONCE):
        some = wanted[first : first + _AT_ONCE]
        yield from db.rows(f"{select} ({', '.join('?' * len(some))})", *some)
