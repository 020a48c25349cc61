"""Which times suit two people, by the plain definition: every minute is tried against every rule.

It shares nothing with the code it is held against but the values, and knows zones by `zoneinfo`.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from policies.interval import Interval
from policies.people.person import Format, WeeklyHours
from policies.slots.availability import Busy
from policies.slots.candidates import GuestSide, OwnerSide

MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)
NONE = timedelta()


def suits(side: OwnerSide, guest: GuestSide, format_: Format) -> list[Interval]:
    """Every meeting of this format that keeps every rule, by start."""
    length = side.rules.formats[format_].length
    minute = side.now.replace(second=0, microsecond=0)
    found = []
    while minute + length <= side.window.end:
        when = Interval(minute, minute + length)
        if minute >= side.now and _fits(when, side, guest, format_):
            found.append(when)
        minute += MINUTE
    return found


def _fits(when: Interval, side: OwnerSide, guest: GuestSide, format_: Format) -> bool:
    here = when.start.astimezone(ZoneInfo(side.owner.zone))
    return (
        (here.hour * 60 + here.minute) % (side.grid // MINUTE) == 0
        and when.start >= side.now + side.rules.minimum_notice
        and _clocks_allow(when, side, guest, format_)
        and _days_allow(when, side, guest, format_)
        and not is_taken(when, side, guest, format_)
    )


def _clocks_allow(when: Interval, side: OwnerSide, guest: GuestSide, format_: Format) -> bool:
    owner, lunch = side.owner, side.rules.lunch
    if lunch and format_ is not Format.LUNCH and when.overlaps(_lunch(when, lunch, owner.zone)):
        return False
    hours = guest.person.hours or owner.hours
    mine = in_hours(when, owner.hours, owner.zone, format_, side)
    return mine and in_hours(when, hours, guest.zone(owner), format_, side)


def _days_allow(when: Interval, side: OwnerSide, guest: GuestSide, format_: Format) -> bool:
    mine, theirs = (_days(when, zone) for zone in (side.owner.zone, guest.zone(side.owner)))
    office = side.rules.office_only and side.rules.formats[format_].in_person
    return (
        mine.isdisjoint(side.holidays)
        and theirs.isdisjoint(guest.holidays)
        and not (office and any(side.in_office(day) is False for day in mine))
        and not (office and guest.person.office_days and _misses(theirs, guest))
    )


def _misses(days: set[date], guest: GuestSide) -> bool:
    return not {f"{day:%a}" for day in days} <= {each.value for each in guest.person.office_days}


def is_taken(when: Interval, side: OwnerSide, guest: GuestSide, format_: Format) -> bool:
    """Whether it meets anything of either side, or what must be free around that."""
    rules, rule = side.rules, side.rules.formats[format_]
    gap = max(rules.buffer, rule.travel) if rule.in_person else rules.buffer
    kept = (Busy(each.when, gap=max(each.gap, gap), place=each.place) for each in side.reserved)
    return any(map(when.overlaps, (*side.protected, *(guest.busy or ())))) or any(
        _in_the_way(when, each, side, format_) for each in (*side.busy, *kept)
    )


def _in_the_way(when: Interval, each: Busy, side: OwnerSide, format_: Format) -> bool:
    rules, rule = side.rules, side.rules.formats[format_]
    if each.tentative and not rules.tentative_blocks:
        return False
    if each.all_day:
        return rules.all_day_busy_blocks and when.overlaps(each.when)
    gap = each.gap if each.gap is not None else rules.buffer
    if rule.in_person:
        here = rule.places == (each.place,)
        way = rules.travel if each.place else NONE
        gap = rules.buffer if here else max(gap, rule.travel, way)
    return when.overlaps(each.when.widened(gap, gap))


def in_hours(
    when: Interval, hours: WeeklyHours, zone: str, format_: Format, side: OwnerSide
) -> bool:
    """Whether every minute of it is one of the hours on that clock, and of the format."""
    rule = side.rules.formats[format_]
    at = when.start
    while at < when.end:
        local = at.astimezone(ZoneInfo(zone))
        spans = hours.days[local.weekday()]
        if format_ is Format.LUNCH and spans:
            spans = ((spans[0][0], spans[-1][1]),)
        elif format_ in (Format.DRINK, Format.EVENT) and spans:
            spans = ((rule.earliest, rule.latest_end),)
        if not any(start <= local.time() < end for start, end in spans):
            return False
        if not rule.earliest <= local.time() < rule.latest_end:
            return False
        at += MINUTE
    return True


def _days(when: Interval, zone: str) -> set[date]:
    return {at.astimezone(ZoneInfo(zone)).date() for at in (when.start, when.end - MINUTE)}


def _lunch(when: Interval, clock: tuple[time, time], zone: str) -> Interval:
    day = when.start.astimezone(ZoneInfo(zone)).date()
    return Interval(*(datetime.combine(day, at, ZoneInfo(zone)).astimezone(UTC) for at in clock))
