from __future__ import annotations

import random
from dataclasses import replace
from datetime import time, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from policies.hours import open_hours, parse_hours
from policies.interval import Interval, without
from policies.people.person import Format, WeeklyHours
from policies.rules import OFFICE_HOURS, Owner, SlotRules
from policies.slots.availability import Busy, Cause, owner_time, starts
from policies.slots.candidates import hours_for
from policies.slots.group import (
    DAY_OFF,
    HOURS,
    NIGHT,
    Member,
    Rule,
    Wish,
    best,
    excluded,
    find,
    ways_out,
)
from policies.slots.lifting import Times, lifts
from policies.slots.scoring import BEST
from policies.wall import local_date, local_datetime, seconds
from tests.make import BERLIN, interval, utc

NOW = utc("2026-03-02 06:00")  # a Monday; clocks change on the 8th in America, the 29th in Europe
WINDOW = Interval(NOW, NOW + timedelta(weeks=1))
TOKYO, NEW_YORK, KATHMANDU = "Asia/Tokyo", "America/New_York", "Asia/Kathmandu"
ZONES = (BERLIN, NEW_YORK, TOKYO, KATHMANDU, "Pacific/Auckland")


def wish(minutes: int = 45, window: Interval = WINDOW, notice: timedelta = timedelta()) -> Wish:
    length, grid = timedelta(minutes=minutes), timedelta(minutes=15)
    return Wish(length, window, grid, BERLIN, NOW, notice)


def member(
    name: str,
    zone: str = BERLIN,
    *busy: Busy | Interval,
    hours: WeeklyHours = OFFICE_HOURS,
    window: Interval = WINDOW,
    buffer: timedelta = timedelta(),
) -> Member:
    rules = SlotRules(minimum_notice=timedelta(), buffer=buffer, lunch=None)
    taken = [each if isinstance(each, Busy) else Busy(each) for each in busy]
    time = owner_time(
        Owner(name, (name,), zone, hours), rules, window, now=window.start, busy=taken
    )
    return Member(name, zone, time)


busy = st.lists(
    st.tuples(st.integers(0, 7 * 96), st.integers(1, 300)).map(
        lambda pair: Interval(
            NOW + timedelta(minutes=15 * pair[0]),
            NOW + timedelta(minutes=15 * pair[0] + pair[1]),
        )
    ),
    max_size=6,
)
HOURS_OF = (
    OFFICE_HOURS,
    parse_hours("Mon-Sun 00:00-24:00"),
    parse_hours("Mon-Thu 08:00-12:00 13:00-18:30, Sat 10:00-11:00"),
    parse_hours("none"),
)
people = st.lists(
    st.tuples(st.sampled_from(ZONES), st.sampled_from(HOURS_OF), busy), min_size=1, max_size=4
).map(
    lambda rows: [
        (f"p{place}", zone, hours, tuple(spans)) for place, (zone, hours, spans) in enumerate(rows)
    ]
)
Row = tuple[str, str, WeeklyHours, tuple[Interval, ...]]


def group(rows: list[Row], window: Interval = WINDOW) -> list[Member]:
    return [
        member(name, zone, *spans, hours=hours, window=window) for name, zone, hours, spans in rows
    ]


def suits(when: Interval, row: Row) -> bool:
    """As slowly and plainly as can be."""
    _, zone, hours, spans = row
    first, last = local_date(WINDOW.start, zone), local_date(WINDOW.end, zone)
    inside = any(span.contains(when) for span in open_hours(hours, zone, first, last))
    return inside and not any(map(when.overlaps, spans))


@given(people, st.sampled_from([15, 45, 90]))
@settings(deadline=None)
def test_every_start_that_suits_is_found_and_no_other(rows: list[Row], minutes: int) -> None:
    found = {slot.when for slot in find(group(rows), wish(minutes)).slots}

    length = timedelta(minutes=minutes)
    expected = set()
    for quarter in range(7 * 96):
        start = WINDOW.start + timedelta(minutes=15 * quarter)
        when = Interval(start, start + length)
        if when.end <= WINDOW.end and all(suits(when, row) for row in rows):
            expected.add(when)
    assert found == expected


@given(people, st.randoms(use_true_random=False))
@settings(deadline=None)
def test_the_order_of_people_and_of_their_meetings_changes_nothing(
    rows: list[Row], shuffle: random.Random
) -> None:
    mixed = [(*row[:3], tuple(shuffle.sample(row[3], len(row[3])))) for row in rows]
    shuffle.shuffle(mixed)

    one, other = find(group(rows), wish()), find(group(mixed), wish())
    assert one.slots == other.slots
    assert len(one.conflict) == len(other.conflict)


@given(people)
@settings(deadline=None)
def test_where_nothing_suits_each_remedy_names_exactly_what_forbids_its_time(
    rows: list[Row],
) -> None:
    everyone = group(rows)

    found = find(everyone, wish())
    if not found.slots:
        assert found.conflict
    for remedy in found.remedies:
        assert not found.slots
        by_name = dict(zip((row[0] for row in rows), rows, strict=True))
        for row in rows:
            blamed = {rule.what for rule in remedy.rules if rule.who == row[0]}
            in_hours = any(
                span.contains(remedy.when) for span in member("", row[1], hours=row[2]).time.hours
            )
            taken = any(map(remedy.when.overlaps, by_name[row[0]][3]))
            assert (HOURS in blamed) == (not in_hours)
            assert (Cause.MEETINGS in blamed) == taken


@given(people, st.integers(1, 20))
@settings(deadline=None)
def test_the_whole_group_moved_by_days_finds_the_same_days_later(
    rows: list[Row], days: int
) -> None:
    """In zones that do not change their clocks, moving everything moves the answer."""
    by = timedelta(weeks=days)
    fixed = [(name, "Etc/GMT-5", hours, spans) for name, _, hours, spans in rows]
    later = [
        (name, "Etc/GMT-5", hours, tuple(Interval(s.start + by, s.end + by) for s in spans))
        for name, _, hours, spans in rows
    ]
    window = Interval(WINDOW.start + by, WINDOW.end + by)

    here = find(group(fixed), replace(wish(), zone="Etc/GMT-5"))
    there = find(group(later, window), replace(wish(window=window), zone="Etc/GMT-5", now=NOW + by))
    assert [slot.when.start + by for slot in here.slots] == [s.when.start for s in there.slots]
    assert [slot.parts for slot in here.slots] == [slot.parts for slot in there.slots]


def test_a_far_zone_asks_the_one_whose_morning_or_evening_is_near() -> None:
    found = find([member("ana"), member("ken", TOKYO)], wish())

    assert found.slots == ()
    assert found.conflict == (Rule("ana", HOURS), Rule("ken", HOURS))
    first, second = found.remedies[:2]
    assert first.rules == (Rule("ana", HOURS),)
    assert f"{local_datetime(seconds(first.when.start), BERLIN):%a %H:%M}" == "Mon 08:15"
    assert second.rules == (Rule("ken", HOURS),)
    assert f"{local_datetime(seconds(second.when.start), TOKYO):%a %H:%M}" == "Mon 17:00"


def test_nights_and_days_off_are_the_last_thing_to_give_way() -> None:
    found = find([member("bo", NEW_YORK), member("ken", TOKYO)], wish())

    assert {rule.what for each in found.remedies for rule in each.rules} & {NIGHT, DAY_OFF}
    kinds = [{rule.what for rule in each.rules} & {NIGHT, DAY_OFF} for each in found.remedies]
    assert kinds == sorted(kinds, key=len)


def test_two_full_calendars_that_never_leave_a_common_gap_are_blamed_together() -> None:
    hours = parse_hours("Mon 09:00-11:00")
    early = member("ana", BERLIN, interval("2026-03-02 08:00", "2026-03-02 09:00"), hours=hours)
    late = member("raj", BERLIN, interval("2026-03-02 09:00", "2026-03-02 10:00"), hours=hours)

    found = find([early, late], wish())
    assert found.conflict == (
        Rule("ana", HOURS),
        Rule("ana", Cause.MEETINGS),
        Rule("raj", Cause.MEETINGS),
    )
    assert (Rule("ana", Cause.MEETINGS),) in [each.rules for each in found.remedies]


def test_notice_is_of_all_and_counts_from_now() -> None:
    soon = wish(window=Interval(NOW, NOW + timedelta(hours=6)), notice=timedelta(days=1))

    found = find([member("ana")], soon)
    assert found.conflict == (Rule("", Cause.NOTICE),)
    assert found.remedies[0].rules == (Rule("", Cause.NOTICE),)


def test_buffers_and_tentative_entries_are_rules_of_their_own() -> None:
    hours = parse_hours("Mon 09:00-11:00")
    maybe = Busy(interval("2026-03-02 08:00", "2026-03-02 09:30"), tentative=True)
    wide = member("ana", BERLIN, maybe, hours=hours, buffer=timedelta(minutes=30))

    found = find([wide], wish(30))
    small = {each.rules for each in found.remedies[:2]}
    assert small == {(Rule("ana", Cause.TENTATIVE),), (Rule("ana", Cause.BUFFERS),)}


def test_a_stretch_without_any_start_has_nothing_to_lift() -> None:
    found = find([member("ana")], wish(window=Interval(NOW, NOW + timedelta(minutes=20))))

    assert found == ((), (), ())


def test_the_best_do_not_overlap_and_come_first() -> None:
    every = find([member("ana"), member("bo", NEW_YORK)], wish()).slots

    chosen = best(every, 5)
    assert len(chosen) == 5
    assert [slot.score for slot in chosen] == sorted((s.score for s in chosen), reverse=True)
    assert chosen[0].score == max(slot.score for slot in every)
    for place, slot in enumerate(chosen):
        assert not any(slot.when.overlaps(each.when) for each in chosen[:place])
    assert best(every[:2], 5) == best(every[:2], 1)


def test_whoever_has_the_worst_hour_decides_how_good_an_hour_is() -> None:
    def good_hour(*zones: str) -> float:
        everyone = [member(zone, zone, hours=parse_hours("Mon-Sun 00:00-24:00")) for zone in zones]
        slots = find(everyone, wish()).slots
        ten = next(slot for slot in slots if slot.when.start == utc("2026-03-03 09:00"))
        return dict(ten.parts).get("a good hour for everyone", 0)

    assert good_hour(BERLIN) == 3
    assert good_hour(BERLIN, TOKYO) < 3
    assert good_hour(BERLIN, NEW_YORK) == 0


@pytest.mark.parametrize("kind", [None, *Format])
def test_each_format_has_its_own_good_hours_and_a_lunch_may_lie_over_lunch(
    kind: Format | None,
) -> None:
    rules = SlotRules().formats
    hours = hours_for(kind, OFFICE_HOURS, rules[kind]) if kind else OFFICE_HOURS

    slots = find([member("ana", hours=hours)], replace(wish(60), format=kind)).slots
    parts = {local_datetime(seconds(each.when.start), BERLIN): dict(each.parts) for each in slots}
    top = {at.time() for at, each in parts.items() if each.get("a good hour for everyone") == 3}
    against = {name for each in parts.values() for name, points in each.items() if points < 0}
    assert top == set(BEST[kind] if kind else (time(10), time(14, 30)))
    assert ("over lunch" in against) == (kind not in {Format.LUNCH, Format.DRINK})
    assert ("at the edge of a day" in against) == (
        kind not in {Format.LUNCH, Format.DRINK, Format.EVENT}
    )


def test_a_group_is_free_where_the_hours_of_all_meet_and_nobody_is_taken() -> None:
    taken = interval("2026-03-03 14:30", "2026-03-03 15:00")
    found = find([member("ana", BERLIN, taken), member("bo", NEW_YORK)], wish(15)).slots

    tuesday = [slot.when for slot in found if slot.when.start.day == 3]
    common = without([interval("2026-03-03 14:00", "2026-03-03 16:00")], [taken])
    assert tuesday[0].start == common[0].start
    assert tuesday[-1].end == common[-1].end


@given(people, st.sampled_from([5, 45, 700]))
@settings(max_examples=60)
def test_a_way_out_names_the_time_that_lies_least_outside_the_hours_of_all(
    rows: list[Row], minutes: int
) -> None:
    everyone, asked = group(rows), wish(minutes)
    times = Times(starts((WINDOW,), asked.length, asked.grid, asked.zone))
    rules = excluded(everyone, asked, times)

    def outside(when: Interval) -> timedelta:
        each_one = (
            min(
                (
                    max(span.start - when.start, when.end - span.end, timedelta())
                    for span in each.time.hours
                ),
                default=timedelta(),
            )
            for each in everyone
        )
        return sum(each_one, timedelta())

    found = {way.rules: way.when for way in ways_out(rules, everyone, times)}
    assert found == {
        lift.rules: min(times.of(lift.times), key=lambda when: (outside(when), when))
        for lift in lifts(rules, times.whole)
        if lift.rules
    }
