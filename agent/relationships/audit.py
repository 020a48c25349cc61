"""The audit: how everyone stands on one day, and every meeting behind one person's standing."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import date, datetime, timedelta
from typing import NamedTuple

from agent.settings import Settings
from agent.store import goals, meetings, people
from agent.store import standings as kept
from agent.store.calendars import calendars
from agent.store.database import Database
from agent.store.meetings import NO_CONTACT, ContactFacts, Meeting
from policies.audit.cadence import NO_HELP, Standing, ranked, standing
from policies.audit.progress import KEPT, Progress, progress, reckoned
from policies.frozen import frozen
from policies.goals.goal import joined
from policies.goals.weighing import weighed
from policies.people.person import Person
from policies.wall import absolute, local_date, local_day, moment, seconds


class Line(NamedTuple):
    """One line of the audit: where a person stands, and the meetings it rests on."""

    standing: Standing
    facts: ContactFacts


@frozen
class Explanation:
    """All there is to say about one person: ``place`` is theirs among ``of`` people, first is 1.

    ``past`` and ``to_come`` are newest first, and soonest first.
    """

    line: Line
    place: int
    of: int
    past: tuple[Meeting, ...]
    to_come: tuple[Meeting, ...]


def audit(db: Database, settings: Settings, now: datetime) -> tuple[Standing, ...]:
    """How everyone on the list stands at ``now``: the overdue by rank, then those on time."""
    every = lines(db, settings, now, counting=lambda _: False)
    return tuple(line.standing for line in every)


def lines(
    db: Database,
    settings: Settings,
    now: datetime,
    *,
    counting: Callable[[Person], bool] | None = None,
) -> tuple[Line, ...]:
    """As `audit`, each with the contact behind it.

    ``counting``: whose contacts of a year are counted, at three times the cost of all the rest;
    everyone's, where it is not said.
    """
    everyone = people.everyone(db)
    counted = None if counting is None else [each.id for each in everyone if counting(each)]
    facts = meetings.contacts(db, seconds(now), counted)
    helping = weighed(joined(goals.every(db), everyone), settings.rules.goals)
    zone, rules = settings.owner.zone, settings.rules.cadence
    today = local_date(now, zone)

    def of(person: Person) -> Standing:
        theirs = facts.get(person.id, NO_CONTACT)
        last = theirs.last and local_day(theirs.last.start_s, zone)
        next_ = theirs.next and local_day(theirs.next.start_s, zone)
        return standing(person, last, next_, today, rules, helping.get(person.id, NO_HELP))

    order = ranked(map(of, everyone))
    return tuple(Line(one, facts.get(one.person.id, NO_CONTACT)) for one in order)


def status_of(db: Database, settings: Settings, person: Person, now: datetime) -> Standing:
    """How one person stands, at the cost of one: their rank is without what goals add to it."""
    theirs, zone = meetings.contact(db, person.id, seconds(now)), settings.owner.zone
    last = theirs.last and local_day(theirs.last.start_s, zone)
    next_ = theirs.next and local_day(theirs.next.start_s, zone)
    return standing(person, last, next_, local_date(now, zone), settings.rules.cadence)


def remember(db: Database, found: Sequence[Standing]) -> None:
    """Keep how everyone stands where it has changed, so that progress shows later."""
    if found:
        kept.keep(db, found, found[0].today - KEPT)


def since(
    db: Database, settings: Settings, found: Iterable[Standing], day: date
) -> tuple[Progress, ...]:
    """What has become of everyone since the evening of ``day``.

    Where that day was not remembered yet, it is reckoned from the calendars as they are now.
    """
    then = kept.on(db, day)
    first = kept.first_day(db)
    if first is None or day < first:
        evening = moment(absolute(day + timedelta(days=1), settings.owner.zone))
        then = reckoned(audit(db, settings, evening), day) | then
    return progress(then, found)


def explain(db: Database, settings: Settings, person: Person, now: datetime) -> Explanation:
    """Every meeting with ``person``, how it was judged, and where that puts them.

    Raises:
        KeyError: the person is not on the list.
    """
    everyone = lines(db, settings, now, counting=lambda each: each.id == person.id)
    place = {line.standing.person.id: place for place, line in enumerate(everyone, 1)}[person.id]
    now_s = seconds(now)
    history = meetings.history(db, person.id)
    return Explanation(
        line=everyone[place - 1],
        place=place,
        of=len(everyone),
        past=tuple(each for each in history if each.is_past(now_s)),
        to_come=tuple(each for each in reversed(history) if not each.is_past(now_s)),
    )


def today(settings: Settings, now: datetime) -> date:
    """The owner's day."""
    return local_date(now, settings.owner.zone)


def unread(db: Database, settings: Settings) -> tuple[str, ...]:
    """A sentence for each calendar whose meetings may be missing from the audit."""
    known = {row.name: row for row in calendars(db)}
    sentences = []
    for each in settings.calendars:
        row = known.get(each.name)
        if not each.evidence:
            continue
        if row is None or row.read_at_s is None:
            sentences.append(f"{each.name} has never been read: `fika run` reads it")
        elif row.failed_at_s is not None:
            as_of = local_day(row.read_at_s, settings.owner.zone)
            sentences.append(
                f"{each.name} is as of {as_of}, the last reading failed: {row.failure}"
            )
        elif row.refused_total is not None:
            sentences.append(f"{each.name} has shrunk and was not believed: see `fika calendars`")
    return tuple(sentences)
