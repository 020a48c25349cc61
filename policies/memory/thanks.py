"""Who is to be thanked, for what, and by when; the rules by which thanks fall due by themselves."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import date, timedelta
from enum import StrEnum
from types import MappingProxyType
from typing import Final, NamedTuple, NewType

from policies.audit.cadence import Standing
from policies.frozen import frozen
from policies.memory.favour import Favour
from policies.people.person import PersonId, Priority, Relation
from policies.spoken import by_day, by_when

ThanksNumber = NewType("ThanksNumber", int)


class Occasion(StrEnum):
    """Why someone is to be thanked."""

    HELP = "help"
    INTRODUCTION = "introduction"
    YEARS_END = "year's end"
    BY_HAND = "by hand"


WITHIN: Final[Mapping[Occasion, timedelta]] = MappingProxyType(
    {
        Occasion.INTRODUCTION: timedelta(days=2),
        Occasion.HELP: timedelta(days=3),
        Occasion.BY_HAND: timedelta(days=7),
    }
)
"""How soon thanks are due; a thank-you late by weeks reads like an afterthought."""

_DECEMBER, _LAST_DAY = 12, 20  # cards and mails after that meet empty offices
_BUSINESS: Final = frozenset({Relation.CLIENT, Relation.MENTOR, Relation.INVESTOR})
_DEAR: Final = frozenset({Priority.A, Priority.B})


class ThanksState(StrEnum):
    """What became of it."""

    DUE = "due"
    DONE = "done"
    SKIPPED = "skipped"


class ToThank(NamedTuple):
    """Thanks before they have a number."""

    person: PersonId
    occasion: Occasion
    what: str
    made: date
    due: date


@frozen
class Thanks:
    """One thank-you; ``what`` it is for may be empty."""

    number: ThanksNumber
    person: PersonId
    occasion: Occasion
    what: str
    made: date
    due: date
    state: ThanksState = ThanksState.DUE
    ended: date | None = None

    @property
    def is_due(self) -> bool:
        return self.state is ThanksState.DUE


def thanks_for(person: PersonId, occasion: Occasion, what: str, day: date) -> ToThank:
    """Thanks for something of ``day``, due while it is still fresh."""
    return ToThank(person, occasion, what, day, day + WITHIN[occasion])


def at_years_end(
    standings: Iterable[Standing],
    favours: Mapping[PersonId, Iterable[Favour]],
    known: Iterable[Thanks],
    today: date,
) -> tuple[ToThank, ...]:
    """Whom to thank for the year, from the first of December to the day they are due.

    Everyone who did something for the owner this year, and of those of priority A and B the
    clients, mentors and investors met in it. Each once a year, whatever became of it.
    """
    first, due = date(today.year, _DECEMBER, 1), date(today.year, _DECEMBER, _LAST_DAY)
    if not first <= today <= due:
        return ()
    done = {
        each.person
        for each in known
        if each.occasion is Occasion.YEARS_END and each.made.year == today.year
    }
    return tuple(
        ToThank(standing.person.id, Occasion.YEARS_END, why, today, due)
        for standing in standings
        for why in [_years_reason(standing, favours.get(standing.person.id, ()), today.year)]
        if why and standing.person.id not in done and not standing.person.boundaries.do_not_contact
    )


def by_due(thanks: Iterable[Thanks]) -> tuple[Thanks, ...]:
    """The earliest due first; ties by number."""
    return tuple(sorted(thanks, key=lambda each: (each.due, each.number)))


def thanks_said(each: Thanks, name: str, today: date) -> str:
    """`Ana: introduced Raj, by Tue 3 Mar`, with ``name`` as it is to be shown."""
    return f"{_whom(each, name)}, {by_when(each.due, today)}"


def thanks_listed(each: Thanks, name: str, today: date) -> str:
    """As `thanks_said`, for a list that is to change only when something happens."""
    return f"{_whom(each, name)}, {by_day(each.due, today)}"


def _whom(each: Thanks, name: str) -> str:
    what = each.what or ("the year" if each.occasion is Occasion.YEARS_END else "")
    return f"{name}: {what}" if what else name


def _years_reason(standing: Standing, favours: Iterable[Favour], year: int) -> str:
    """For what of this year to thank; empty for nothing."""
    had = dict.fromkeys(e.what for e in favours if not e.given and e.day.year == year)
    if had:
        return "the year: " + "; ".join(_few(had))
    person, last = standing.person, standing.last
    met = last is not None and last.year == year
    is_dear = person.relation in _BUSINESS and person.priority in _DEAR
    return f"the year with them as {person.relation}" if met and is_dear else ""


def _few(what: Iterable[str]) -> Iterator[str]:
    listed = [each for each in what if each]
    yield from listed[:3]
    if len(listed) > 3:  # noqa: PLR2004 - see above
        yield f"and {len(listed) - 3} more"
