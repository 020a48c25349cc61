"""The owner's rules as they are for one person: what was allowed for them holds for nobody else."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import timedelta

from policies.interval import Interval
from policies.people.allowances import Allowed, Lifted, allowed, joined
from policies.people.person import Format, HoursOfDay, Person, WeeklyHours
from policies.rules import FormatRule, SlotRules
from policies.slots.candidates import GuestSide, OwnerSide


def side_for(person: Person, side: OwnerSide) -> OwnerSide:
    """The owner's side as it is towards this person."""
    given = allowed(person.allowances)
    if given == Allowed():
        return side
    hours = joined(side.owner.hours, given.hours) if given.hours else side.owner.hours
    return replace(
        side,
        owner=replace(side.owner, hours=hours),
        rules=rules_for(person, side.rules),
        holidays=() if Lifted.HOLIDAYS in given.lifted else side.holidays,
    )


def rules_for(person: Person, rules: SlotRules) -> SlotRules:
    """The rules for times as they are towards this person."""
    given = allowed(person.allowances)
    lifted = given.lifted
    return replace(
        rules,
        horizon=max(rules.horizon, given.within or timedelta()),
        buffer=timedelta() if Lifted.BUFFER in lifted else rules.buffer,
        travel=timedelta() if Lifted.BUFFER in lifted else rules.travel,
        lunch=None if Lifted.LUNCH in lifted else rules.lunch,
        tentative_blocks=rules.tentative_blocks and Lifted.TENTATIVE not in lifted,
        all_day_busy_blocks=rules.all_day_busy_blocks and Lifted.ALL_DAY not in lifted,
        office_only=rules.office_only and Lifted.OFFICE not in lifted,
        formats=_formats(rules.formats, given),
    )


def reach(side: OwnerSide, people: Iterable[Person]) -> Interval:
    """As far as anybody's times are looked for, and as far again to see what comes after."""
    horizons = (rules_for(each, side.rules).horizon for each in people if each.allowances)
    twice = 2 * max((side.rules.horizon, *horizons))
    return replace(side, rules=replace(side.rules, horizon=twice)).window


def guest_for(guest: GuestSide, side: OwnerSide) -> GuestSide:
    """The guest's side beside it: hours not known are the owner's usual ones, not those allowed."""
    given = allowed(guest.person.allowances)
    if given.hours and guest.person.hours is None:
        guest = replace(guest, person=replace(guest.person, hours=side.owner.hours))
    return replace(guest, holidays=()) if Lifted.HOLIDAYS in given.lifted else guest


def _formats(formats: Mapping[Format, FormatRule], given: Allowed) -> Mapping[Format, FormatRule]:
    """Hours allowed are so in every format; without a buffer there is no way to go either."""
    if given.hours is None and Lifted.BUFFER not in given.lifted:
        return formats
    spans = _spans(given.hours)
    return {
        kind: replace(
            rule,
            earliest=min((rule.earliest, *(opens for opens, _ in spans))),
            latest_end=max((rule.latest_end, *(closes for _, closes in spans))),
            travel=timedelta() if Lifted.BUFFER in given.lifted else rule.travel,
        )
        for kind, rule in formats.items()
    }


def _spans(hours: WeeklyHours | None) -> HoursOfDay:
    return tuple(span for day in hours.days for span in day) if hours else ()
