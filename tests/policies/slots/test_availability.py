from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from policies.hours import parse_hours
from policies.interval import Interval, merged, without
from policies.rules import OFFICE_HOURS, Owner, SlotRules
from policies.slots.availability import (
    Availability,
    Busy,
    Cause,
    Exclusion,
    busy_times,
    guest_time,
    owner_time,
    starts,
    stretches,
    within,
)
from policies.slots.occupancy import Occupies
from policies.wall import seconds
from tests.make import BERLIN, OWNER, interval, person, utc

# A Monday in winter, when Berlin is one hour east of UTC: office hours are 08:00 to 16:00 UTC.
MONDAY = interval("2026-03-02 00:00", "2026-03-03 00:00")
BEFORE = utc("2026-02-27 12:00")
PLAIN = SlotRules(lunch=None, buffer=timedelta(), minimum_notice=timedelta())
HOUR = timedelta(hours=1)
QUARTER = timedelta(minutes=15)


class Row(NamedTuple):
    start_s: int
    end_s: int
    occupies: Occupies
    all_day: bool = False
    uid: str = "u"
    place: str = ""


def clock(found: tuple[Interval, ...]) -> str:
    return " ".join(f"{each.start:%H:%M}-{each.end:%H:%M}" for each in found)


def free(rules: SlotRules = PLAIN, **facts: object) -> str:
    return clock(owner_time(OWNER, rules, MONDAY, now=BEFORE, **facts).free())  # type: ignore[arg-type]


def meeting(start: str, end: str, *, tentative: bool = False, all_day: bool = False) -> Busy:
    when = interval(f"2026-03-02 {start}", f"2026-03-02 {end}")
    return Busy(when, all_day=all_day, tentative=tentative)


ALL_DAY = Busy(interval("2026-03-01 23:00", "2026-03-02 23:00"), all_day=True)


def test_an_empty_day_is_free_in_the_owners_hours() -> None:
    assert free() == "08:00-16:00"


def test_a_meeting_takes_its_time() -> None:
    assert free(busy=[meeting("10:00", "11:00")]) == "08:00-10:00 11:00-16:00"


def test_a_meeting_keeps_its_buffer_on_both_sides() -> None:
    rules = replace(PLAIN, buffer=QUARTER)

    assert free(rules, busy=[meeting("10:00", "11:00")]) == "08:00-09:45 11:15-16:00"


@pytest.mark.parametrize(("blocks", "left"), [(True, ""), (False, "08:00-16:00")])
def test_a_busy_whole_day_takes_the_day_if_the_rule_says_so(blocks: bool, left: str) -> None:
    rules = replace(PLAIN, all_day_busy_blocks=blocks, buffer=QUARTER)

    assert free(rules, busy=[ALL_DAY]) == left


@pytest.mark.parametrize(("blocks", "left"), [(True, "08:00-10:00 11:00-16:00"), (False, None)])
def test_a_tentative_meeting_takes_time_if_the_rule_says_so(blocks: bool, left: str | None) -> None:
    rules = replace(PLAIN, tentative_blocks=blocks)

    assert free(rules, busy=[meeting("10:00", "11:00", tentative=True)]) == (left or "08:00-16:00")


def test_a_tentative_meeting_that_takes_time_keeps_its_buffer_too() -> None:
    rules = replace(PLAIN, buffer=QUARTER)
    maybe = meeting("10:00", "11:00", tentative=True)

    assert free(rules, busy=[maybe]) == "08:00-09:45 11:15-16:00"


@pytest.mark.parametrize(("blocks", "left"), [(True, ""), (False, "08:00-16:00")])
def test_a_tentative_whole_day_needs_both_rules(blocks: bool, left: str) -> None:
    rules = replace(PLAIN, tentative_blocks=blocks)

    assert free(rules, busy=[replace(ALL_DAY, tentative=True)]) == left


def test_lunch_is_on_the_owners_clock() -> None:
    rules = replace(PLAIN, lunch=(time(12), time(13)))

    assert free(rules) == "08:00-11:00 12:00-16:00"


def test_a_public_holiday_is_a_day_off() -> None:
    assert free(holidays=[date(2026, 3, 2)]) == ""
    assert free(holidays=[date(2026, 3, 1), date(2026, 5, 1)]) == "08:00-16:00"


def test_planning_time_is_protected_without_a_buffer() -> None:
    rules = replace(PLAIN, buffer=QUARTER)
    planning = interval("2026-03-02 08:30", "2026-03-02 09:00")

    assert free(rules, protected=[planning]) == "08:00-08:30 09:00-16:00"


def test_nothing_is_free_sooner_than_the_minimum_notice() -> None:
    rules = replace(PLAIN, minimum_notice=timedelta(hours=12))

    found = owner_time(OWNER, rules, MONDAY, now=utc("2026-03-02 01:00"))

    assert clock(found.free()) == "13:00-16:00"


def test_a_cause_that_takes_nothing_is_not_listed() -> None:
    assert owner_time(OWNER, PLAIN, MONDAY, now=BEFORE).exclusions == ()


def test_free_time_can_be_asked_without_one_cause() -> None:
    rules = replace(PLAIN, lunch=(time(12), time(13)), buffer=QUARTER)
    found = owner_time(OWNER, rules, MONDAY, now=BEFORE, busy=[meeting("08:00", "10:00")])

    assert clock(found.free()) == "10:15-11:00 12:00-16:00"
    assert clock(found.free(Cause.LUNCH)) == "10:15-16:00"
    assert clock(found.free(Cause.MEETINGS, Cause.BUFFERS)) == "08:00-11:00 12:00-16:00"
    assert clock(found.taken(Cause.LUNCH)) == "11:00-12:00"
    assert clock(found.taken(Cause.LUNCH, Cause.MEETINGS)) == "08:00-10:00 11:00-12:00"


def test_the_causes_that_decide_are_those_that_alone_would_make_room() -> None:
    rules = replace(PLAIN, lunch=(time(12), time(13)), buffer=timedelta(minutes=30))
    busy = [meeting("08:00", "10:30"), meeting("12:30", "16:00")]
    found = owner_time(OWNER, rules, MONDAY, now=BEFORE, busy=busy)

    def hours_long(hours: float) -> tuple[Cause, ...]:
        return found.decisive(lambda left: any(each.length >= hours * HOUR for each in left))

    assert clock(found.free()) == ""
    assert hours_long(0.5) == (Cause.MEETINGS, Cause.BUFFERS, Cause.LUNCH)
    assert hours_long(1) == (Cause.MEETINGS, Cause.LUNCH)
    assert hours_long(4) == (Cause.MEETINGS,)
    assert hours_long(9) == ()
    assert found.decisive(lambda left: not left) == ()


def test_a_guest_is_asked_for_on_their_own_clock() -> None:
    raj = replace(person("Raj Patel"), zone="Asia/Kathmandu", hours=parse_hours("Mon 10:00-12:00"))

    found = guest_time(raj, OWNER, MONDAY)

    assert clock(found.availability.free()) == "04:15-06:15"
    assert found.assumptions == ()


def test_a_guests_known_meetings_and_holidays_are_left_out() -> None:
    raj = replace(person("Raj Patel"), zone=BERLIN, hours=OFFICE_HOURS)
    taken = interval("2026-03-02 08:00", "2026-03-02 15:00")

    busy = guest_time(raj, OWNER, MONDAY, busy=[taken])
    away = guest_time(raj, OWNER, MONDAY, holidays=[date(2026, 3, 2)])

    assert clock(busy.availability.free()) == "15:00-16:00"
    assert away.availability.free() == ()
    assert [each.cause for each in away.availability.exclusions] == [Cause.HOLIDAYS]


@pytest.mark.parametrize(
    ("zone", "assumptions"),
    [
        (
            "",
            (
                "Raj Patel's time zone is not known: yours, Europe/Berlin, is assumed.",
                "Raj Patel's hours are not known: yours, Mon-Fri 09:00-17:00, are assumed.",
            ),
        ),
        (
            "Mars/Base",
            (
                (
                    "Raj Patel's time zone is not known ('Mars/Base' is none): "
                    "yours, Europe/Berlin, is assumed."
                ),
                "Raj Patel's hours are not known: yours, Mon-Fri 09:00-17:00, are assumed.",
            ),
        ),
        (
            "Asia/Kolkata",
            (
                (
                    "Raj Patel's hours are not known: yours, Mon-Fri 09:00-17:00, "
                    "are assumed on the clock of Asia/Kolkata."
                ),
            ),
        ),
    ],
)
def test_what_is_not_known_of_a_guest_is_assumed_and_said(
    zone: str, assumptions: tuple[str, ...]
) -> None:
    found = guest_time(replace(person("Raj Patel"), zone=zone), OWNER, MONDAY)

    assert found.assumptions == assumptions
    assert found.availability.free()


def test_rows_become_busy_time_unless_they_take_none() -> None:
    rows = [
        Row(0, 60, Occupies.BUSY),
        Row(0, 60, Occupies.TENTATIVE, all_day=True, uid="v", place="Storgatan 1"),
        Row(0, 60, Occupies.FREE),
        Row(60, 60, Occupies.BUSY),
    ]
    minute = interval("1970-01-01 00:00", "1970-01-01 00:01")

    assert busy_times(rows) == (
        Busy(minute, uid="u"),
        Busy(minute, all_day=True, tentative=True, uid="v", place="Storgatan 1"),
    )


ROWS = st.lists(
    st.builds(
        lambda start, length, *facts: Row(start, start + length, *facts),
        st.integers(seconds(MONDAY.start), seconds(MONDAY.end)),
        st.integers(0, 7_200),
        st.sampled_from(Occupies),
        st.booleans(),
        st.sampled_from(["u", "v", "mine"]),
        st.sampled_from(["", "", "Storgatan 1"]),
    ),
    max_size=12,
).map(sorted)


@given(ROWS, st.booleans(), st.booleans(), st.integers(0, 60))
def test_stretches_take_the_same_time_as_the_meetings_in_them(
    rows: list[Row], tentative: bool, all_day: bool, minutes: int
) -> None:
    rules = replace(
        PLAIN,
        buffer=timedelta(minutes=minutes),
        tentative_blocks=tentative,
        all_day_busy_blocks=all_day,
    )
    plain = [(*row[:4], row.uid if row.uid == "mine" else "", row.place) for row in rows]
    meetings, joined = busy_times(rows), stretches(sorted(plain, key=lambda each: each[1]))

    assert owner_time(OWNER, rules, MONDAY, now=BEFORE, busy=joined) == owner_time(
        OWNER, rules, MONDAY, now=BEFORE, busy=meetings
    )
    assert [each for each in joined if each.uid] == sorted(
        (each for each in meetings if each.uid == "mine"), key=lambda each: each.when
    )
    for place in ("", "Storgatan 1"):
        assert merged(each.when for each in joined if each.place == place) == merged(
            each.when for each in meetings if each.place == place
        )


def test_a_full_day_is_one_stretch() -> None:
    busy = (Occupies.BUSY, False, "", "")
    rows = [(0, 5_400, *busy), (3_600, 9_000, *busy)]

    assert stretches(rows) == (Busy(interval("1970-01-01 00:00", "1970-01-01 02:30")),)


def test_hours_are_cut_to_the_window() -> None:
    window = interval("2026-03-02 09:30", "2026-03-03 08:30")

    assert clock(within(OFFICE_HOURS, BERLIN, window)) == "09:30-16:00 08:00-08:30"


@pytest.mark.parametrize(
    ("span", "zone", "minutes", "expected"),
    [
        (("2026-03-02 08:05", "2026-03-02 09:00"), BERLIN, 15, "08:15 08:30"),
        (("2026-03-02 08:00:01", "2026-03-02 08:45"), BERLIN, 15, "08:15"),
        (("2026-03-02 08:00", "2026-03-02 08:29"), BERLIN, 15, ""),
        # A quarter to the hour in UTC is the full hour in Kathmandu.
        (("2026-03-02 03:00", "2026-03-02 05:00"), "Asia/Kathmandu", 60, "03:15 04:15"),
        # The clock jumps from 02:00 to 03:00, and on Lord Howe from 02:00 to 02:30.
        (("2026-03-29 00:30", "2026-03-29 02:30"), BERLIN, 30, "00:30 01:00 01:30 02:00"),
        (("2026-10-03 14:30", "2026-10-03 18:00"), "Australia/Lord_Howe", 60, "14:30 16:00 17:00"),
        # Midnight did not exist in São Paulo, and the grid starts again on the next day.
        (("2018-11-04 02:00", "2018-11-04 05:00"), "America/Sao_Paulo", 60, "02:00 03:00 04:00"),
        (("2026-03-02 22:00", "2026-03-02 23:30"), BERLIN, 50, "22:20 23:00"),
    ],
)  # fmt: skip
def test_starts_stand_on_the_wall_clocks_grid(
    span: tuple[str, str], zone: str, minutes: int, expected: str
) -> None:
    found = starts([interval(*span)], 2 * QUARTER, timedelta(minutes=minutes), zone)

    assert " ".join(f"{each.start:%H:%M}" for each in found) == expected


@pytest.mark.parametrize("grid", [timedelta(), -QUARTER, timedelta(seconds=1.5)])
def test_a_grid_is_whole_seconds(grid: timedelta) -> None:
    with pytest.raises(ValueError, match="whole seconds"):
        starts([MONDAY], HOUR, grid, BERLIN)


ZONES = st.sampled_from(
    [BERLIN, "Australia/Lord_Howe", "America/Sao_Paulo", "Asia/Kathmandu", "America/St_Johns"]
)
YEARS = st.datetimes(datetime(2017, 1, 1), datetime(2027, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001 - hypothesis wants them bare
LENGTHS = st.integers(1, 3 * 24 * 60).map(lambda minutes: timedelta(minutes=minutes))


@st.composite
def spans(draw: st.DrawFn) -> Interval:
    start = draw(YEARS)
    return Interval(start, start + draw(LENGTHS))


@given(span=spans(), zone=ZONES, grid=st.sampled_from([5, 10, 15, 30, 60]))
def test_starts_are_all_the_grid_points_that_fit(span: Interval, zone: str, grid: int) -> None:
    length = timedelta(minutes=25)

    found = starts([span], length, timedelta(minutes=grid), zone)

    minute = span.start.replace(second=0, microsecond=0)
    wanted = []
    while minute + length <= span.end:
        local = minute.astimezone(ZoneInfo(zone))
        if minute >= span.start and (local.hour * 60 + local.minute) % grid == 0:
            wanted.append(Interval(minute, minute + length))
        minute += timedelta(minutes=1)
    assert list(found) == wanted


@st.composite
def facts(draw: st.DrawFn) -> tuple[Owner, SlotRules, Interval, datetime, list[Busy]]:
    start = draw(YEARS)
    window = Interval(start, start + timedelta(days=draw(st.integers(1, 10))))
    near = st.integers(-24 * 60, 11 * 24 * 60).map(lambda m: start + timedelta(minutes=m))
    busy = [
        Busy(Interval(at, at + draw(LENGTHS)), draw(st.booleans()), draw(st.booleans()))
        for at in draw(st.lists(near, max_size=8))
    ]
    rules = SlotRules(
        minimum_notice=timedelta(hours=draw(st.integers(0, 48))),
        buffer=timedelta(minutes=draw(st.integers(0, 60))),
        all_day_busy_blocks=draw(st.booleans()),
        tentative_blocks=draw(st.booleans()),
    )
    return replace(OWNER, zone=draw(ZONES)), rules, window, draw(near), busy


@given(facts())
def test_free_time_lies_in_the_hours_and_never_in_what_blocks(
    given_facts: tuple[Owner, SlotRules, Interval, datetime, list[Busy]],
) -> None:
    owner, rules, window, now, busy = given_facts

    found = owner_time(owner, rules, window, now=now, busy=busy)

    left = found.free()
    assert without(left, within(owner.hours, owner.zone, window)) == ()
    assert all(each.start >= now + rules.minimum_notice or not left for each in left)
    for each in busy:
        if each.tentative and not rules.tentative_blocks:
            continue
        if each.all_day:
            blocked = each.when if rules.all_day_busy_blocks else None
        else:
            blocked = each.when.widened(rules.buffer, rules.buffer)
        assert blocked is None or not any(blocked.overlaps(span) for span in left)


@given(facts())
def test_free_and_taken_time_make_up_the_hours(
    given_facts: tuple[Owner, SlotRules, Interval, datetime, list[Busy]],
) -> None:
    owner, rules, window, now, busy = given_facts
    found = owner_time(owner, rules, window, now=now, busy=busy)

    assert merged([*found.free(), *without(found.hours, found.free())]) == found.hours
    assert without(without(found.hours, found.free()), found.taken(*Cause)) == ()
    assert found.free(*Cause) == found.hours
    assert found == Availability(
        found.hours, tuple(Exclusion(e.cause, merged(e.taken)) for e in found.exclusions)
    )
