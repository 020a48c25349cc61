"""The text of a planning slot: who to get in touch with, what waits for a yes, what to type.

It holds dates, never counts of days, so that it only changes when something happened. It is read
in a calendar, on a phone: short lines, nothing of the private notes.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from datetime import date, datetime, timedelta
from typing import Final, NamedTuple

from policies.audit.cadence import Standing
from policies.audit.progress import Progress, Trend
from policies.frozen import frozen
from policies.memory.brief import openers
from policies.people.person import PersonId
from policies.planning.block import Purpose
from policies.spoken import day_said
from policies.text import shown
from policies.wall import local_datetime, seconds

MOST_PEOPLE: Final = 7
"""Nobody writes to more in half an hour; the rest is a number and a command."""
MOST_LINES: Final = 5
_OPENERS: Final = 3
_NAME: Final = 60
_DAY: Final = timedelta(days=1)
_AS_OF: Final = "As of "

_TITLES: Final = {
    Purpose.FIRST: " (first: make the plan)",
    Purpose.RHYTHM: "",
    Purpose.REVIEW: " (quarterly review)",
}
_OPENINGS: Final = {
    Purpose.FIRST: (
        "Time to make the plan, once and properly.",
        "1. Goals: what should be different in a year, and who can help? fika plan templates",
        "2. People: go through those you already meet, one key each: fika triage",
        "3. Priorities: A for the few who matter, D for a yearly hello: fika audit --interview",
        "4. One next step for five people, then answer what waits below.",
    ),
    Purpose.RHYTHM: ("Choose two or three people, and write before this slot ends.",),
    Purpose.REVIEW: (
        "Time to look back on the quarter: who came closer, who faded, what did it bring?",
        "1. Is everyone's priority still right, and every goal still yours? fika plan review",
        "2. Who is missing from the list? fika triage",
        "3. Which goal needs someone you have not met yet? fika audit --gaps",
    ),
}


class Waiting(NamedTuple):
    """A proposal the owner has not answered: its number, whom to meet, how, and when at first."""

    number: int
    person: PersonId
    format: str
    start: datetime


@frozen
class AgendaFacts:
    """What an agenda is made from.

    ``standings`` are in order of rank, the overdue first. ``commitment``, ``steps`` of the plan,
    ``promises``, ``thanks``, coffees ``coming`` and those ``over`` and notes ``to_write`` are one
    line each, and so is what ``restarts`` answers: asked only for slots in which one looks back.
    ``progress`` answers what has become of everyone since the evening of a day, nothing where
    nobody knows. ``kept`` and ``lost`` count planning slots.
    """

    today: date
    zone: str
    standings: tuple[Standing, ...] = ()
    waiting: tuple[Waiting, ...] = ()
    steps: tuple[str, ...] = ()
    promises: tuple[str, ...] = ()
    thanks: tuple[str, ...] = ()
    kept: int = 0
    lost: int = 0
    commitment: tuple[str, ...] = ()
    coming: tuple[str, ...] = ()
    over: tuple[str, ...] = ()
    to_write: tuple[str, ...] = ()
    restarts: Callable[[], tuple[str, ...]] = tuple
    progress: Callable[[date], Sequence[Progress]] = lambda _: ()


def title(purpose: Purpose, name: str) -> str:
    """The title of a slot; ``name`` is what the owner calls planning."""
    return name + _TITLES[purpose]


def agenda(purpose: Purpose, facts: AgendaFacts) -> str:
    """The text of a slot, sections with an empty line between them."""
    people = {each.person.id: each for each in facts.standings}
    waiting = [each for each in facts.waiting if each.person in people]
    proposals = [_proposal(each, people[each.person], facts) for each in waiting]
    restarts = () if purpose is Purpose.RHYTHM else facts.restarts()
    sections = (
        _opening(purpose, facts),
        _section("Committed to", facts.commitment),
        _section("Next steps of the plan", _few(facts.steps, more="fika plan")),
        _section("Promised", _few(facts.promises, more="fika promises")),
        _section("Thanks due", _few(facts.thanks, more="fika thanks")),
        _section("To write", _few(facts.to_write, more="fika events")),
        _section("Waiting for your yes", _few(proposals, more="fika proposals")),
        _section("How was it? fika after", _few(facts.over)),
        _section("Coming up", _few(facts.coming)),
        _overdue(facts, {each.person for each in waiting}),
        _section("To take up again", _few(restarts, more="fika restart")),
        ("Called or met someone? fika log NAME", f"{_AS_OF}{facts.today.day} {facts.today:%b %Y}."),
    )
    return "\n\n".join("\n".join(lines) for lines in sections if lines)


def says_the_same(one: str, other: str) -> bool:
    """Whether two agendas differ in nothing but their order and the day they were written."""
    return _matter(one) == _matter(other)


def _matter(text: str) -> list[str]:
    lines = (line.strip() for line in text.splitlines())
    return sorted(line for line in lines if line and not line.startswith(_AS_OF))


def _opening(purpose: Purpose, facts: AgendaFacts) -> Sequence[str]:
    slots = f"Planning slots so far: {facts.kept} kept, {facts.lost} lost."
    counted = purpose is Purpose.REVIEW and facts.kept + facts.lost > 0
    return (*_OPENINGS[purpose], *_progress(purpose, facts), *((slots,) if counted else ()))


def _progress(purpose: Purpose, facts: AgendaFacts) -> Iterator[str]:
    """Who came closer, and in a review who drifted away, since a day that stays so for weeks."""
    months = {Purpose.RHYTHM: 1, Purpose.REVIEW: (facts.today.month - 1) % 3 or 3}.get(purpose)
    if months is None:
        return
    first = facts.today.replace(day=1)
    for _ in range(months):
        first = (first - _DAY).replace(day=1)
    found = facts.progress(first - _DAY)
    trends = (Trend.CLOSER, Trend.AWAY) if purpose is Purpose.REVIEW else (Trend.CLOSER,)
    for trend in trends:
        who = sorted(
            (each.now for each in found if each.trend is trend),
            key=lambda one: (one.person.priority, -one.rank, one.person.id),
        )
        names = [shown(each.person.name, _NAME) for each in who[:MOST_LINES]]
        more = f" and {len(who) - MOST_LINES} more" if len(who) > MOST_LINES else ""
        if names:
            since = f"the end of {first - _DAY:%B}"
            yield f"{trend.capitalize()} than at {since}: {', '.join(names)}{more}."


def _overdue(facts: AgendaFacts, waiting_for: Collection[PersonId]) -> Sequence[str]:
    """Whom a proposal waits for is above already."""
    overdue = [e for e in facts.standings if e.overdue and e.person.id not in waiting_for]
    unbooked = [each for each in overdue if each.next is None]
    asked = dict(zip(unbooked, openers(unbooked[:_OPENERS]), strict=False))
    waiting = [
        "\n  ".join(_out_of_touch(each, facts.today, asked.get(each, ""))) for each in unbooked
    ]
    booked = [
        f"{_name(each)}, {_day(each.next, facts.today)}"
        for each in overdue
        if each.next is not None
    ]
    if not waiting:
        who = "nobody else" if waiting_for else "nobody"
        waiting = [f"{who}. Thank someone, or think of someone new: fika triage"]
    return (
        *_section("Out of touch", _few(waiting, MOST_PEOPLE, more="fika audit --overdue")),
        *_section("Out of touch, but booked", _few(booked, more="fika audit --overdue")),
    )


def _out_of_touch(each: Standing, today: date, ask: str) -> Iterator[str]:
    yield f"{_name(each)}: {_stands(each, today)}, due {_day(each.due, today)}"
    if each.help.goals:
        yield f"For: {shown(each.help.goals[0], _NAME)}"
    if ask:
        yield f"Ask: {ask}"


def _stands(each: Standing, today: date) -> str:
    since = _day(each.counted_from, today)
    return (
        f"still to meet, listed {since}" if each.to_meet else f"{each.status}, last contact {since}"
    )


def _name(each: Standing) -> str:
    name = shown(each.person.name, _NAME)
    where = shown(each.person.organisation, _NAME)
    return f"{name} ({where})" if where else name


def _proposal(each: Waiting, whom: Standing, facts: AgendaFacts) -> str:
    local = local_datetime(seconds(each.start), facts.zone)
    when = f"{day_said(local.date(), facts.today)} {local:%H:%M}"
    who = f"{shown(whom.person.name, _NAME)} ({_stands(whom, facts.today)})"
    return f"{each.format} with {who}, {when}: fika show {each.number}"


def _section(heading: str, lines: Iterable[str]) -> Sequence[str]:
    listed = tuple(f"- {line}" for line in lines)
    return (heading, *listed) if listed else ()


def _few(lines: Sequence[str], most: int = MOST_LINES, *, more: str = "") -> Iterator[str]:
    """The first of ``lines``, and how many there are beyond, with the command that shows them."""
    yield from lines[:most]
    if len(lines) > most:
        yield f"and {len(lines) - most} more" + (f": {more}" if more else "")


def _day(day: date, today: date) -> str:
    """Day and month, with the year only where it is another."""
    return f"{day.day} {day:%b}" + (f" {day.year}" if day.year != today.year else "")
