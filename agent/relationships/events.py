"""Events of many people: what calendars and the owner know of them, and following them up."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import date, datetime, time

from agent.errors import UsageProblem
from agent.plan import goals as plan
from agent.settings import Settings
from agent.store import circles, gatherings, people
from agent.store.database import Database
from policies.audit.evidence import in_the_room, own_answer
from policies.audit.segments import domains
from policies.calendar.event import Response, Visibility
from policies.circles.events import FOLLOW_UP_WITHIN, LOOK_AHEAD, LOOK_BACK, Event, to_follow_up
from policies.goals.goal import Step
from policies.people.identity import folded
from policies.people.person import Format, Person, PersonId
from policies.spoken import short_day
from policies.text import shown
from policies.wall import WallTime, absolute, local_date, moment, seconds

_FROM_OUTSIDE = 0.25
_OPENS, _CLOSES = time(9), time(17)
_LONGEST_NUMBER = 10  # digits


def every(db: Database, settings: Settings, now: datetime) -> tuple[Event, ...]:
    """What lies two weeks back to three months ahead, by start, and all the owner spoke of.

    By itself an event counts that brings more people together than one can have met, a quarter
    of them from elsewhere, and is not private; anything else is one once the owner says so.
    """
    found = _spoken_of_or_networking(db, settings, *_near(now))
    return tuple(sorted(found, key=lambda one: (one.start, one.title)))


def one(db: Database, settings: Settings, words: str, now: datetime) -> Event:
    """The event meant by its number or a part of its title, in a calendar or noted.

    Raises:
        UsageProblem: none is meant, or several are.
    """
    known = every(db, settings, now)
    if words.isdecimal() and len(words) < _LONGEST_NUMBER:
        found = [each for each in known if each.number == int(words)]
    else:
        sought = folded(words)
        found = [each for each in known if sought in folded(each.title)]
        others = (
            each for each in _single(db, settings, *_near(now)) if sought in folded(each.title)
        )
        found = found or list(others)
    if len(found) == 1:
        return found[0]
    if not found:
        raise UsageProblem(
            f"no event near is called {shown(words)!r}",
            "one in no calendar: `fika events add TITLE --on DAY`",
        )
    days = ", ".join(local_date(each.start, settings.owner.zone).isoformat() for each in found)
    raise UsageProblem(f"{shown(words)!r} could be {len(found)} events, on {days}", "say more")


def lines(db: Database, settings: Settings, now: datetime) -> tuple[str, ...]:
    """What is to be followed up, a line each; whoever is sensitive is in no line.

    It goes into calendars and digests, so no private event is called by its title.
    """
    zone, told = settings.owner.zone, []
    known = to_follow_up(_spoken_of_or_networking(db, settings, now - FOLLOW_UP_WITHIN, now), now)
    names = _names(db) if known else {}
    for each in known:
        by = local_date(each.follow_up_by, zone)
        who = [names[person] for person in each.to_follow_up if person in names]
        title, when = shown(each.told), f"by {short_day(by)}"
        if who:
            told.append(f"Write to {' and '.join(who)}, met at {title}, {when}: fika events")
        elif not each.met:
            told.append(f"Whom did you meet at {title}? Write to them {when}: fika events")
    return tuple(told)


def add(db: Database, settings: Settings, title: str, day: date) -> Event:
    """Note an event that stands in no calendar, for a working day's length."""
    zone = settings.owner.zone
    start, end = (
        moment(absolute(WallTime(datetime.combine(day, at), zone), zone))
        for at in (_OPENS, _CLOSES)
    )
    event = Event(title, start, end)
    with db.transaction() as sql:
        return replace(event, number=gatherings.add(sql, event))


def keep(db: Database, event: Event) -> Event:
    """The event as one the owner speaks of, with a number."""
    if event.number:
        return event
    with db.transaction() as sql:
        return replace(event, number=gatherings.add(sql, event))


def serve(db: Database, settings: Settings, event: Event, words: str) -> Event:
    """Go there for a goal: going becomes a step of it, due on the day.

    Steps stand in planning slots, so that of a private event is without its title.

    Raises:
        UsageProblem: no goal is called so.
    """
    goal = plan.one(plan.every(db), words)
    kept = keep(db, event)
    with db.transaction() as sql:
        gatherings.set_goal(sql, kept.number, goal.id)
    day = local_date(event.start, settings.owner.zone)
    text = f"Go to {event.told}"
    if all(each.text != text or (event.private and each.due != day) for each in goal.to_do):
        plan.add_step(db, goal, Step(text, day))
    return replace(kept, goal=goal.id)


def meet(db: Database, event: Event, met: Sequence[Person], now: datetime) -> Event:
    """Note whom the owner met there: it is contact, and each is to be written to.

    Raises:
        UsageProblem: the event is still to come.
    """
    if event.start > now:
        raise UsageProblem(f"{shown(event.title)} is still to come", "say it afterwards")
    kept = keep(db, event)
    known = {person for person, _ in kept.met}
    new = [each for each in met if each.id not in known]
    at_s = seconds(event.start)
    with db.transaction() as sql:
        gatherings.meet(sql, kept.number, [each.id for each in new])
        for each in new:
            people.log(sql, people.Logged(each.id, at_s, Format.EVENT.value, event.title))
    return replace(kept, met=(*kept.met, *((each.id, False) for each in new)))


def follow(db: Database, event: Event, person: Person) -> None:
    """They were written to.

    Raises:
        UsageProblem: the owner has not said that they met there.
    """
    if person.id not in {each for each, _ in event.met}:
        raise UsageProblem(
            f"{shown(person.name)} is not among those you met at {shown(event.title)}",
            f"`fika events met {event.number or 'EVENT'} {person.id}` says so",
        )
    with db.transaction() as sql:
        gatherings.follow(sql, event.number, person.id)


def drop(db: Database, event: Event) -> None:
    with db.transaction() as sql:
        gatherings.remove(sql, event.number)


def _names(db: Database) -> dict[PersonId, str]:
    return {each.id: shown(each.name) for each in people.everyone(db) if not each.sensitive}


def _spoken_of_or_networking(
    db: Database, settings: Settings, since: datetime, until: datetime
) -> tuple[Event, ...]:
    """All the owner spoke of, and what counts by itself in a time, as calendars have it now."""
    marked = {_key(each): each for each in gatherings.every(db)}
    found: list[Event] = []
    for each in _single(db, settings, since, until):
        own = marked.pop(_key(each), None)
        if own is not None:
            private = own.private or each.private
            found.append(
                replace(own, size=each.size, known=each.known, end=each.end, private=private)
            )
        elif _is_networking(each, settings):
            found.append(each)
    return (*found, *marked.values())


def _near(now: datetime) -> tuple[datetime, datetime]:
    return now - LOOK_BACK, now + LOOK_AHEAD


def _single(db: Database, settings: Settings, since: datetime, until: datetime) -> Iterable[Event]:
    """Everything of a time in any calendar that is no series and the owner did not decline."""
    owner = frozenset(settings.owner.addresses)
    whose = people.whose(db)
    names = [each.name for each in settings.calendars]
    for held in circles.single(db, names, seconds(since), seconds(until)):
        event = held.event
        if own_answer(event, owner) is Response.DECLINED or event.marker:
            continue
        yield Event(
            event.summary.strip(),
            moment(held.start_s),
            moment(held.end_s),
            held.uid,
            size=len(event.attendees),
            known=tuple(sorted({whose[a] for a in in_the_room(event, owner) if a in whose})),
            private=event.visibility is not Visibility.PUBLIC,
            elsewhere=_elsewhere((each.address for each in event.attendees), owner),
        )


def _elsewhere(addresses: Iterable[str], owner: frozenset[str]) -> int:
    own = domains(owner)
    return sum(each.rpartition("@")[2] not in own for each in addresses)


def _is_networking(event: Event, settings: Settings) -> bool:
    many = event.size > settings.rules.evidence.seen_up_to
    return many and not event.private and event.elsewhere >= _FROM_OUTSIDE * event.size


def _key(event: Event) -> tuple[str, datetime]:
    return event.uid or event.title, event.start
