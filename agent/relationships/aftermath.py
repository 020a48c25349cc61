"""After a meeting: did it happen, and what next? The answer is evidence, and is remembered."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, time, timedelta
from enum import StrEnum
from typing import Final, NamedTuple

from agent.relationships import memory
from agent.settings import Settings
from agent.store import memory_meetings as store
from agent.store import people
from agent.store.database import Database
from agent.store.memory_meetings import Alone
from policies.memory.days import without_day
from policies.memory.meeting import is_informal
from policies.memory.promise import Promise, promise_said
from policies.memory.thanks import Occasion, thanks_said
from policies.people.person import Person
from policies.text import shown
from policies.wall import WallTime, absolute, local_date, seconds

ASKED_WITHIN: Final = timedelta(days=14)


class Next(StrEnum):
    """What can come of a meeting."""

    PROMISED = "p"
    PROMISED_ME = "o"
    HAD = "h"
    GAVE = "g"
    THANK = "t"
    LEARNED = "l"


class Over(NamedTuple):
    """A meeting that has ended and was not asked about."""

    person: Person
    meeting: Alone


def to_ask(db: Database, now: datetime, *, again: bool = False) -> tuple[Over, ...]:
    """The coffees of the last two weeks the owner has said nothing of, earliest first.

    ``again``: those they have answered, too.
    """
    now_s = seconds(now)
    done = frozenset() if again else store.answered(db)
    from_s = now_s - ASKED_WITHIN // timedelta(seconds=1)
    return tuple(
        Over(person, each)
        for each in coffees(store.alone(db, from_s, now_s))
        if each.end_s <= now_s and (each.person, each.start_s) not in done
        if (person := people.get(db, each.person)) is not None
    )


def until_tomorrow(db: Database, settings: Settings, now: datetime) -> tuple[Alone, ...]:
    """The coffees from now to the end of tomorrow, earliest first."""
    zone = settings.owner.zone
    after = local_date(now, zone) + timedelta(days=2)
    until_s = absolute(WallTime(datetime.combine(after, time()), zone), zone)
    return coffees(store.alone(db, seconds(now), until_s))


def coffees(found: Iterable[Alone]) -> tuple[Alone, ...]:
    """Those that are more than work: arranged by us, or called so in the calendar."""
    return tuple(each for each in found if each.proposal or is_informal(each.what))


def say(db: Database, over: Over, *, happened: bool) -> None:
    """Keep the answer; what did not happen is no contact any more."""
    with db.transaction() as sql:
        store.answer(sql, over.person.id, over.meeting.start_s, happened=happened)


def keep(db: Database, settings: Settings, over: Over, key: Next, words: str, now: datetime) -> str:
    """What came of the meeting, such as `the paper by Friday`; answers what was noted.

    Raises:
        UsageProblem: ``words`` say nothing.
    """
    today, person = local_date(now, settings.owner.zone), over.person
    what, due = without_day(words, today)
    name = shown(person.name)
    if key in {Next.PROMISED, Next.PROMISED_ME}:
        mine = key is Next.PROMISED
        number = memory.promise(db, person, what, today, due, mine=mine)
        made = Promise(number, person.id, mine, what, today, due)
        return promise_said(made, name, today)
    if key is Next.LEARNED:
        memory.annotate(db, person, words, today)
        return f"Kept in your notes on {name}: {words}"
    if key is Next.GAVE:
        memory.favour(db, person, words, today, given=True)
        return f"Given to {name}: {words}"
    if key is Next.HAD:
        memory.favour(db, person, words, today, given=False)
        memory.to_thank(db, person, words, today, occasion=Occasion.HELP)
        return f"Had from {name}, with thanks due: {words}"
    return f"Thank {thanks_said(memory.to_thank(db, person, what, today, due), name, today)}"
