from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from policies.hours import (
    DAY_END,
    every_day,
    open_hours,
    parse_hours,
    parse_length,
    same_clock,
    written_hours,
    written_length,
)
from policies.interval import Interval, merged
from policies.people.person import HoursOfDay, WeeklyHours
from policies.rules import OFFICE_HOURS
from policies.wall import absolute_seconds, local_seconds, moment
from tests.make import BERLIN, interval

ZONES = (
    BERLIN,
    "UTC",
    "America/New_York",
    "America/Sao_Paulo",
    "America/St_Johns",
    "Asia/Kathmandu",
    "Australia/Lord_Howe",
    "Pacific/Chatham",
)
MORNING = (time(9), time(12))
AFTERNOON = (time(13), time(17))


def hours_of_day() -> st.SearchStrategy[HoursOfDay]:
    """Sorted spans of whole minutes that do not overlap, the last perhaps to midnight."""
    minutes = st.lists(st.integers(0, 1440), unique=True, max_size=6).map(sorted)
    return minutes.map(
        lambda found: tuple(
            (_clock(a), _clock(b)) for a, b in zip(found[::2], found[1::2], strict=False)
        )
    )


def _clock(minute: int) -> time:
    return DAY_END if minute == 1440 else time(minute // 60, minute % 60)


def weekly() -> st.SearchStrategy[WeeklyHours]:
    return st.lists(hours_of_day(), min_size=7, max_size=7).map(lambda days: WeeklyHours((*days,)))


@pytest.mark.parametrize(
    ("text", "same_as"),
    [
        ("Mon-Thu 09:00-12:00 13:00-17:00, Fri 09:00-14:00", None),
        ("none", None),
        ("Mon-Sun 00:00-24:00", None),
        ("mon, WED 9-12", "Mon 09:00-12:00, Wed 09:00-12:00"),
        ("Fri-Mon 10-11", "Mon 10:00-11:00, Fri-Sun 10:00-11:00"),
        ("Monday \u2013 Tuesday 9 \u2014 17", "Mon-Tue 09:00-17:00"),
        ("Mon 13:00-17:00, 09:00-12:00", "Mon 09:00-12:00 13:00-17:00"),
        ("Mo 9-17 Tu 9-10", "Mon 09:00-17:00, Tue 09:00-10:00"),
        ("Mon 9-12 12-13", "Mon 09:00-12:00 12:00-13:00"),
    ],
)
def test_hours_read_as_people_write_them(text: str, same_as: str | None) -> None:
    assert written_hours(parse_hours(text)) == (same_as or text)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "no day is named"),
        ("9-17", "no day is named"),
        ("Mon", "Mon has no hours"),
        ("Mon-Fri 9-17, Sat", "Sat has no hours"),
        ("Mon 9", "'9' is no span of hours"),
        ("Mon 9-25", "'9-25' is no span of hours"),
        ("Mon 9:60-10:00", "is no span of hours"),
        ("Mon 24:01-24:02", "is no span of hours"),
        ("Mon 9-12-13", "is no span of hours"),
        ("Mon \u0669-17", "is no span of hours"),
        ("Lun 9-17", "'Lun' is no day; days are Mon, Tue, Wed, Thu, Fri, Sat, Sun"),
        ("T 9-17", "'T' is no day"),
        ("Mon-Tue-Wed 9-17", "'Tue-Wed' is no day"),
        ("Mon 22:00-02:00", "hours past midnight are two"),
        ("Mon 9-9", "ends before it starts"),
        ("Mon 9-12 11-13", "Mon 11:00-13:00 overlaps the hours before it"),
        ("Mon-Fri 9-17, Fri 9-14", "Fri has hours twice"),
    ],
)
def test_hours_that_make_no_sense_say_what_is_allowed(text: str, says: str) -> None:
    with pytest.raises(ValueError, match=says.replace("(", r"\(")):
        parse_hours(text)


@given(weekly())
def test_written_hours_read_back_to_the_same_hours(hours: WeeklyHours) -> None:
    assert parse_hours(written_hours(hours)) == hours


@pytest.mark.parametrize(
    ("text", "length", "written"),
    [
        ("45m", timedelta(minutes=45), "45m"),
        ("1h30m", timedelta(minutes=90), "1h30m"),
        ("90 min", timedelta(minutes=90), "1h30m"),
        ("6w", timedelta(weeks=6), "6w"),
        ("2 Weeks", timedelta(weeks=2), "2w"),
        ("10d", timedelta(days=10), "10d"),
        ("1w 3d", timedelta(days=10), "10d"),
        ("60s", timedelta(minutes=1), "1m"),
        ("0m", timedelta(), "0m"),
    ],
)
def test_lengths_read_as_people_write_them(text: str, length: timedelta, written: str) -> None:
    assert parse_length(text) == length
    assert written_length(length) == written


@pytest.mark.parametrize("text", ["", "m", "10", "-3d", "1m1h", "1.5h", "2mo", "\u0663d", "9" * 30])
def test_a_length_that_is_none_names_the_forms_there_are(text: str) -> None:
    with pytest.raises(ValueError, match="is no length; write for example '45m'"):
        parse_length(text)


def test_a_negative_length_cannot_be_written() -> None:
    with pytest.raises(ValueError, match="cannot be negative"):
        written_length(timedelta(minutes=-1))


@given(st.integers(0, 10**8))
def test_written_lengths_read_back_to_the_same_length(seconds: int) -> None:
    assert parse_length(written_length(timedelta(seconds=seconds))) == timedelta(seconds=seconds)


@pytest.mark.parametrize(
    ("zone", "day", "span", "expected"),
    [
        # Both sides of a change: nine o'clock stays nine o'clock.
        (BERLIN, "2026-03-27", "09:00-17:00", ("2026-03-27 08:00", "2026-03-27 16:00")),
        (BERLIN, "2026-03-30", "09:00-17:00", ("2026-03-30 07:00", "2026-03-30 15:00")),
        # A whole day of 23, and of 25 hours.
        (BERLIN, "2026-03-29", "00:00-24:00", ("2026-03-28 23:00", "2026-03-29 22:00")),
        (BERLIN, "2026-10-25", "00:00-24:00", ("2026-10-24 22:00", "2026-10-25 23:00")),
        # 02:30 is skipped: it is 03:30, as RFC 5545 reads it.
        (BERLIN, "2026-03-29", "02:30-04:00", ("2026-03-29 01:30", "2026-03-29 02:00")),
        (BERLIN, "2026-03-29", "01:00-02:30", ("2026-03-29 00:00", "2026-03-29 01:30")),
        # 02:30 happens twice: it is the first.
        (BERLIN, "2026-10-25", "02:30-03:00", ("2026-10-25 00:30", "2026-10-25 02:00")),
        (BERLIN, "2026-10-25", "01:00-02:30", ("2026-10-24 23:00", "2026-10-25 00:30")),
        # Half an hour of summer time.
        (
            "Australia/Lord_Howe",
            "2026-10-04",
            "02:15-03:00",
            ("2026-10-03 15:45", "2026-10-03 16:00"),
        ),
        (
            "Australia/Lord_Howe",
            "2026-04-05",
            "01:45-03:00",
            ("2026-04-04 14:45", "2026-04-04 16:30"),
        ),
        # Midnight itself was skipped.
        (
            "America/Sao_Paulo",
            "2018-11-04",
            "00:00-24:00",
            ("2018-11-04 03:00", "2018-11-05 02:00"),
        ),
        # A quarter to an hour.
        ("Asia/Kathmandu", "2026-01-05", "09:00-17:00", ("2026-01-05 03:15", "2026-01-05 11:15")),
    ],
)
def test_hours_are_right_on_both_sides_of_a_change_of_clocks(
    zone: str, day: str, span: str, expected: tuple[str, str]
) -> None:
    hours = parse_hours(f"Mon-Sun {span}")

    assert open_hours(hours, zone, date.fromisoformat(day), date.fromisoformat(day)) == (
        interval(*expected),
    )


def test_hours_that_the_skipped_hour_swallows_are_not_there() -> None:
    whole = parse_hours("Sun 02:00-03:00")

    assert open_hours(whole, BERLIN, date(2026, 3, 29), date(2026, 3, 29)) == ()


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        (BERLIN, "Europe/Stockholm", True),
        (BERLIN, BERLIN, True),
        (BERLIN, "Africa/Lagos", False),  # only in winter
        ("America/Phoenix", "America/Denver", False),
        (BERLIN, "", False),
        ("Mars/Base", "Mars/Base", False),
    ],
)
def test_two_zones_are_on_one_clock_if_they_are_all_year(one: str, other: str, same: bool) -> None:
    assert same_clock(one, other, 2026) is same
    assert same_clock(other, one, 2026) is same


def test_open_hours_stand_in_order_and_leave_out_days_off() -> None:
    found = open_hours(OFFICE_HOURS, BERLIN, date(2026, 3, 5), date(2026, 3, 10))

    assert [each.start.date().isoformat() for each in found] == [
        "2026-03-05",
        "2026-03-06",
        "2026-03-09",
        "2026-03-10",
    ]


def test_no_days_have_no_hours() -> None:
    assert open_hours(OFFICE_HOURS, BERLIN, date(2026, 3, 2), date(2026, 3, 1)) == ()


@pytest.mark.parametrize("name", ["Nowhere/Else", "", "../../etc/passwd", "Europe", "\x00"])
def test_an_unknown_zone_is_named(name: str) -> None:
    with pytest.raises(ValueError, match="no such time zone"):
        open_hours(OFFICE_HOURS, name, date(2026, 3, 2), date(2026, 3, 2))


@given(
    hours=weekly(),
    zone=st.sampled_from(ZONES),
    first=st.dates(date(2015, 1, 1), date(2030, 1, 1)),
    length=st.integers(0, 10),
)
def test_open_hours_agree_with_the_wall_clock_rules_everywhere(
    hours: WeeklyHours, zone: str, first: date, length: int
) -> None:
    last = first + timedelta(days=length)

    found = open_hours(hours, zone, first, last)

    assert all(a.end < b.start for a, b in pairwise(found))
    assert found == merged(_by_the_other_conversion(hours, zone, first, last))


def _by_the_other_conversion(
    hours: WeeklyHours, zone: str, first: date, last: date
) -> Iterator[Interval]:
    """The same spans, through `policies.wall`."""
    for step in range((last - first).days + 1):
        day = first + timedelta(days=step)
        for start, end in hours.days[day.weekday()]:
            opens, closes = _absolute(day, start, zone), _absolute(day, end, zone)
            if opens < closes:
                yield Interval(moment(opens), moment(closes))


def _absolute(day: date, clock: time, zone: str) -> int:
    if clock == DAY_END:
        day, clock = day + timedelta(days=1), time()
    return absolute_seconds(local_seconds(datetime.combine(day, clock)), zone)


def test_the_same_span_every_day_is_lunch() -> None:
    lunch = every_day(time(12), time(13))

    assert written_hours(lunch) == "Mon-Sun 12:00-13:00"


def test_a_moment_is_open_exactly_when_the_wall_clock_says_so_away_from_changes() -> None:
    found = open_hours(OFFICE_HOURS, "Asia/Kathmandu", date(2026, 1, 5), date(2026, 1, 9))
    zone = ZoneInfo("Asia/Kathmandu")
    start = datetime(2026, 1, 4, 12, tzinfo=UTC)

    for quarter in range(7 * 96):
        at = start + timedelta(minutes=15 * quarter)
        local = at.astimezone(zone)
        wanted = local.weekday() < 5 and 9 <= local.hour < 17 and local.day in range(5, 10)
        assert any(each.start <= at < each.end for each in found) == wanted
