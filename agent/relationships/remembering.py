"""What of promises, thanks and coffees a day has to say: in the digest, and in a planning slot."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from datetime import date, datetime, time, timedelta
from typing import Final, NamedTuple

from agent.relationships import aftermath, memory
from agent.relationships.aftermath import Over
from agent.relationships.memory import Owed
from agent.settings import Settings
from agent.store import memory_meetings
from agent.store.database import Database
from agent.store.memory_meetings import Alone
from policies.audit.cadence import Standing
from policies.frozen import frozen
from policies.memory.brief import BriefFacts, brief, title
from policies.memory.promise import Promise, promise_listed
from policies.memory.thanks import Thanks, thanks_listed
from policies.people.person import PersonId
from policies.spoken import day_said
from policies.text import shown
from policies.wall import WallTime, absolute, local_date, local_datetime, moment

NOTHING_OWED: Final = Owed((), ())
_MOST: Final = 5
SOON: Final = timedelta(days=7)
_AHEAD: Final = timedelta(days=60)


@frozen
class Remembered:
    """What is owed soon, the briefs for coffees until tomorrow, and those to be asked about."""

    owed: Owed = NOTHING_OWED
    briefs: tuple[BriefFacts, ...] = ()
    over: tuple[Over, ...] = ()

    def without(self, people: Collection[PersonId]) -> Remembered:
        """The same as if none of these people were there."""
        return Remembered(
            Owed(
                tuple(each for each in self.owed.promises if each.person not in people),
                tuple(each for each in self.owed.thanks if each.person not in people),
            ),
            tuple(each for each in self.briefs if each.person.id not in people),
            tuple(each for each in self.over if each.person.id not in people),
        )


def look(db: Database, settings: Settings, now: datetime) -> Remembered:
    """What there is to say now; nothing is written."""
    today = local_date(now, settings.owner.zone)
    coming = aftermath.until_tomorrow(db, settings, now)
    return Remembered(
        owed_soon(db, today), _briefs(db, settings, coming, now), aftermath.to_ask(db, now)
    )


def _briefs(
    db: Database, settings: Settings, coming: Collection[Alone], now: datetime
) -> tuple[BriefFacts, ...]:
    if not coming:
        return ()
    from agent.relationships.briefing import of_coffees  # a tenth of a quiet run to load

    return of_coffees(db, settings, coming, now)


def owed_soon(db: Database, today: date) -> Owed:
    """What is owed by then, however many people there are at no cost."""
    promises, thanks = memory.owed(db)
    return Owed(
        tuple(each for each in promises if each.due and each.due <= today + SOON),
        tuple(each for each in thanks if each.due <= today + SOON),
    )


NOTHING: Final = Remembered()


class Told(NamedTuple):
    """A heading and lines of the digest; ``urgent``: it asks the owner to do something."""

    heading: str
    lines: tuple[str, ...]
    urgent: bool = False


def told(
    remembered: Remembered, names: Mapping[PersonId, str], now: datetime, zone: str
) -> Iterator[Told]:
    """A section for each coffee until tomorrow, then what is owed, then what is to be asked."""
    today = local_date(now, zone)
    for facts in remembered.briefs:
        parts = (f"{part.heading}: {line}" for part in brief(facts) for line in part.lines)
        yield Told(f"Before {title(facts)}", tuple(parts))
    owed = remembered.owed
    broken = any(each.is_broken(today) for each in owed.promises)
    yield Told("Promised", tuple(_promises(owed.promises, names, today)), urgent=broken)
    yield Told("Thanks due", tuple(_thanks(owed.thanks, names, today)))
    over = (
        f"{_called(each.meeting, shown(each.person.name), today, zone)}: fika after"
        for each in remembered.over[:_MOST]
    )
    yield Told("Did it happen, and what next?", tuple(over))


class Lines(NamedTuple):
    """What the agenda of a planning slot says of it, a line each."""

    promises: tuple[str, ...]
    thanks: tuple[str, ...]
    coming: tuple[str, ...]
    over: tuple[str, ...]


def lines(db: Database, standings: Iterable[Standing], today: date, zone: str) -> Lines:
    """For the people of ``standings`` and nobody else; dates, so that they change with events."""
    names = {each.person.id: shown(each.person.name) for each in standings}
    start_s = absolute(WallTime(datetime.combine(today, time()), zone), zone)
    ahead = memory_meetings.alone(db, start_s, start_s + _AHEAD // timedelta(seconds=1))
    owed = memory.owed(db)
    return Lines(
        tuple(_promises(owed.promises, names, today)),
        tuple(_thanks(owed.thanks, names, today)),
        tuple(
            f"{_called(each, names[each.person], today, zone)}: fika brief {each.person}"
            for each in aftermath.coffees(ahead)
            if each.person in names
        ),
        tuple(
            _called(each.meeting, names[each.person.id], today, zone)
            for each in aftermath.to_ask(db, moment(start_s))
            if each.person.id in names
        ),
    )


def _promises(
    found: Iterable[Promise], names: Mapping[PersonId, str], today: date
) -> Iterator[str]:
    for each in found:
        if each.person in names:
            done = f": fika promises kept {each.number}" if each.mine else ""
            yield f"{shown(promise_listed(each, names[each.person], today), 200)}{done}"


def _thanks(found: Iterable[Thanks], names: Mapping[PersonId, str], today: date) -> Iterator[str]:
    for each in found:
        if each.person in names:
            listed = shown(thanks_listed(each, names[each.person], today), 200)
            yield f"{listed}: fika thanks done {each.number}"


def _called(each: Alone, name: str, today: date, zone: str) -> str:
    local = local_datetime(each.start_s, zone)
    return f"{name}, {shown(each.named)}, {day_said(local.date(), today)} {local:%H:%M}"
