"""How a relationship stands against its rhythm: status, days over, lateness and rank.

Days are whole calendar days in the owner's zone; both ends are dates, so a meeting yesterday
evening was one day ago whatever the hour is now.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, timedelta
from enum import StrEnum
from functools import lru_cache
from typing import Final, NamedTuple

from policies.frozen import frozen
from policies.people.person import Cadence, Person
from policies.rules import CadenceRules
from policies.spoken import counted

_DAY = timedelta(days=1)


class Status(StrEnum):
    """Green up to the ideal gap, amber up to the longest, red beyond; grey while still to meet."""

    RED = "red"
    AMBER = "amber"
    GREEN = "green"
    GREY = "grey"


class Help(NamedTuple):
    """The goals someone helps with, and how many times that multiplies their rank, once at least.

    A ``factor`` below 1 would let a goal push somebody back; `standing` takes it for 1.
    """

    goals: tuple[str, ...] = ()
    factor: float = 1.0


NO_HELP: Final = Help()


@frozen
class Standing:
    """One person on one day.

    ``last`` is the day of the last contact, ``None`` while the person is still to meet; ``next``
    the day of a meeting already booked. ``weight`` is that of the priority; ``share`` is 1, and
    less for people to meet. ``help`` is what they can do for the owner's goals. ``occasion`` says
    in a sentence why to meet them now whatever the gap says, such as a turn in a ritual; whoever
    has one comes first, and counts as a whole gap late at least.
    """

    person: Person
    today: date
    last: date | None
    next: date | None
    ideal_days: int
    maximum_days: int
    weight: float
    share: float
    help: Help = NO_HELP
    occasion: str = ""

    @property
    def to_meet(self) -> bool:
        return self.last is None

    @property
    def counted_from(self) -> date:
        """The last contact; for people to meet the day they were listed."""
        return self.person.listed_on if self.last is None else self.last

    @property
    def days_waited(self) -> int:
        return (self.today - self.counted_from).days

    @property
    def days_since(self) -> int | None:
        """Days since the last contact; ``None`` when there was none."""
        return None if self.last is None else self.days_waited

    @property
    def days_over(self) -> int:
        """Days past the ideal gap; below zero, days still to go."""
        return self.days_waited - self.ideal_days

    @property
    def overdue(self) -> bool:
        return self.days_over > 0 or bool(self.occasion)

    @property
    def due(self) -> date:
        """The last day that is still on time; the end of the calendar where that is sooner."""
        ordinal = self.counted_from.toordinal() + self.ideal_days
        return date.fromordinal(min(ordinal, date.max.toordinal()))

    @property
    def lateness(self) -> float:
        """Days over as a share of the ideal gap: 1.0 is twice the gap."""
        share = self.days_over / self.ideal_days
        return max(share, 1.0) if self.occasion else share

    @property
    def rank(self) -> float:
        """Weighted lateness; goals multiply it once there is any: they hurry, never delay."""
        factor = self.help.factor if self.overdue else 1.0
        return self.weight * self.share * factor * self.lateness

    @property
    def status(self) -> Status:
        if self.last is None:
            return Status.GREY
        if self.days_waited <= self.ideal_days:
            return Status.GREEN
        return Status.AMBER if self.days_waited <= self.maximum_days else Status.RED

    @property
    def reason(self) -> str:
        """One sentence: how long it has been, the cadence, what is booked, what it helps with."""
        if self.last is None:
            since = f"Still to meet, listed {_ago(self.days_waited)}"
            gaps = f"the ideal is within {counted(self.ideal_days, 'day')}"
        else:
            since = f"Last contact {_ago(self.days_waited)}"
            ideal = counted(self.ideal_days, "day")
            gaps = f"the ideal gap is {ideal}, the longest {self.maximum_days}"
        booked = f"; a meeting is booked for {self.next:%A} {self.next}" if self.next else ""
        helps = f"; helps with: {', '.join(self.help.goals)}" if self.help.goals else ""
        return f"{self.occasion}{' ' if self.occasion else ''}{since}; {gaps}{booked}{helps}."


def standing(
    person: Person,
    last: date | None,
    next_: date | None,
    today: date,
    rules: CadenceRules,
    help_: Help = NO_HELP,
) -> Standing:
    """How ``person`` stands: ``last`` contact, ``next_`` meeting booked, by their cadence or rules.

    A gap that is no whole number of days is taken up to the next.
    """
    gap = cadence_of(person, rules)
    return Standing(
        person=person,
        today=today,
        last=last,
        next=next_,
        ideal_days=_whole_days(gap.ideal),
        maximum_days=_whole_days(gap.maximum),
        weight=rules.weights[person.priority],
        share=rules.to_meet_share if last is None else 1.0,
        help=help_ if help_.factor >= 1 else help_._replace(factor=1.0),
    )


def cadence_of(person: Person, rules: CadenceRules) -> Cadence:
    """Their own cadence, else that of their priority."""
    return person.cadence or rules.gaps[person.priority]


def ranked(standings: Iterable[Standing]) -> tuple[Standing, ...]:
    """The overdue by rank, highest first; after them everyone on time, nearest to due first.

    On time, weight would put the most important last, so there only the share of the gap used
    counts. Ties go by person id.
    """
    return tuple(sorted(standings, key=_order))


def arithmetic(one: Standing) -> tuple[str, ...]:
    """How status and rank come about, with the numbers, a line for each step."""
    waited, ideal, over = one.days_waited, one.ideal_days, one.days_over
    since = "Listed on" if one.to_meet else "Last contact"
    whose = "their own" if one.person.cadence else f"of priority {one.person.priority}"
    due = f"due on {one.due}" if over <= 0 else f"was due on {one.due}"
    gaps = f"Gaps {whose}: ideal {counted(ideal, 'day')}, longest {one.maximum_days}"
    return (
        f"{since} {one.counted_from}, today {one.today}: {counted(waited, 'day')}.",
        f"{gaps}. {_status_because(one)}",
        f"Over: {waited} - {ideal} = {counted(over, 'day')} ({due}).",
        f"Lateness: {over} / {ideal} = {one.lateness:.2f}.",
        _rank_because(one),
    )


def _status_because(one: Standing) -> str:
    waited, ideal, longest = one.days_waited, one.ideal_days, one.maximum_days
    return {
        Status.GREY: "No contact yet: grey.",
        Status.GREEN: f"{waited} is within {ideal}: green.",
        Status.AMBER: f"{waited} is past {ideal} and within {longest}: amber.",
        Status.RED: f"{waited} is past {longest}: red.",
    }[one.status]


def _rank_because(one: Standing) -> str:
    if not one.overdue:
        return "Rank: none, because not overdue; after everyone who is."
    share = f" x {one.share:g} (to meet)" if one.to_meet else ""
    goals = f" x {one.help.factor:g} (helps with {', '.join(one.help.goals)})"
    weight = f"weight {one.weight:g} (priority {one.person.priority}){share}"
    weight += goals if one.help.goals else ""
    return f"Rank: {weight} x lateness {one.lateness:.2f} = {one.rank:.2f}."


def _order(one: Standing) -> tuple[bool, bool, float, str]:
    overdue = one.overdue
    by = -one.rank if overdue else -one.lateness
    return not one.occasion, not overdue, by, one.person.id


@lru_cache(maxsize=512)  # thousands of people share a few gaps
def _whole_days(gap: timedelta) -> int:
    return -(-gap // _DAY)


def _ago(days: int) -> str:
    if days < 0:
        return f"in {counted(-days, 'day')}"
    return {0: "today", 1: "yesterday"}.get(days, f"{days} days ago")
