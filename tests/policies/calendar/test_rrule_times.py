"""The days and times of single rules, held against `dateutil.rrule`."""

from __future__ import annotations

import time
from collections.abc import Sequence
from datetime import date, datetime, timedelta
from itertools import takewhile

import pytest
from dateutil.rrule import rrulestr
from hypothesis import given, settings
from hypothesis import strategies as st

from policies.calendar.rrule import BadRule, parse
from policies.calendar.rrule_times import MOST_COUNTED, named_by
from policies.wall import DAY_S, local_seconds

EPOCH = datetime.fromisoformat("1970-01-01")
MANY = 100_000
WEEKDAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")


def times(rule: str, start: str, first: str, last: str, most: int = MANY) -> list[str]:
    """What the rule names from ``first`` to ``last``, as `2026-03-02 09:00`."""
    found = named_by(parse(rule), wall_s(start), wall_s(first), wall_s(last), most)
    return [f"{EPOCH + timedelta(seconds=each):%Y-%m-%d %H:%M}" for each in found]


def wall_s(text: str) -> int:
    return local_seconds(datetime.fromisoformat(text))


def by_dateutil(rule: str, start: datetime, first: datetime, last: datetime) -> list[datetime]:
    try:
        found = rrulestr(rule, dtstart=start)
    except ValueError:  # it noticed by itself that the rule names nothing
        return []
    return [each for each in takewhile(lambda each: each < last, found) if each >= first]


def ours(rule: str, start: datetime, first: datetime, last: datetime) -> list[datetime]:
    begin, low, high = map(local_seconds, (start, first, last))
    found = named_by(parse(rule), begin, low, high, MANY)
    return [EPOCH + timedelta(seconds=each) for each in found]


# ---------------------------------------------------------------- against dateutil

# dateutil looks for the next instance until the year 9999 and no earlier, even where there is
# none. So everything takes place at the end of its time: the calendar is that of the years 1585.
_LAST_YEARS = datetime.fromisoformat("9985-01-01")


def _part(name: str, values: Sequence[object], at_most: int) -> st.SearchStrategy[str]:
    return st.lists(st.sampled_from(values), min_size=1, max_size=at_most, unique=True).map(
        lambda chosen: f";{name}=" + ",".join(map(str, chosen))
    )


def _maybe(part: st.SearchStrategy[str], *, seldom: int = 2) -> st.SearchStrategy[str]:
    return st.one_of(*[st.just("")] * seldom, part)


_NTH = [f"{n}{day}" for day in WEEKDAYS for n in (1, 2, 4, 5, -1, -2, -5)]
_common_parts = (
    _maybe(st.sampled_from([2, 3, 4, 5, 7, 12, 13]).map(";INTERVAL={}".format), seldom=1),
    _maybe(st.sampled_from([1, 2, 3, 10, 40, 200]).map(";COUNT={}".format)),
    _maybe(_part("BYMONTH", range(1, 13), 4), seldom=3),
    _maybe(_part("BYMONTHDAY", (1, 2, 13, 28, 29, 30, 31, -1, -2, -31), 3), seldom=3),
    _maybe(st.sampled_from(WEEKDAYS).map(";WKST={}".format)),
    _maybe(_part("BYHOUR", range(24), 3), seldom=5),
    _maybe(_part("BYMINUTE", (0, 15, 30, 59), 2), seldom=5),
    _maybe(_part("BYSECOND", (0, 30), 2), seldom=8),
)
_weekdays, _nth = _part("BYDAY", WEEKDAYS, 5), _part("BYDAY", _NTH, 3)
_positions = _maybe(_part("BYSETPOS", (1, 2, 3, 5, -1, -2), 2), seldom=2)


def _rules(frequency: str, *parts: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    return st.tuples(*_common_parts, *parts).map(
        lambda chosen: f"FREQ={frequency}" + "".join(chosen)
    )


_yearly = st.one_of(
    _rules("YEARLY", _maybe(st.one_of(_weekdays, _nth), seldom=1), _positions),
    _rules("YEARLY", _part("BYYEARDAY", (1, 59, 60, 100, 365, 366, -1, -60, -366), 3), _positions),
)
_monthly = _rules("MONTHLY", _maybe(st.one_of(_weekdays, _nth), seldom=1), _positions)
_weekly = _rules("WEEKLY", _maybe(_weekdays, seldom=1))
_daily = _rules("DAILY", _maybe(_weekdays, seldom=1), _maybe(_positions, seldom=5))
_starts = st.tuples(st.integers(0, 1500), st.sampled_from([0, 32_400, 84_600])).map(
    lambda start: _LAST_YEARS + timedelta(days=start[0], seconds=start[1])
)


@settings(deadline=None, max_examples=200)
@given(st.one_of(_yearly, _monthly, _weekly, _daily), _starts, st.integers(-400, 2_000), st.data())
def test_every_rule_names_what_dateutil_names(
    rule: str, start: datetime, skip: int, data: st.DataObject
) -> None:
    first = start + timedelta(days=skip)
    last = first + timedelta(days=data.draw(st.sampled_from([1, 40, 400, 1200])))

    assert ours(rule, start, first, last) == by_dateutil(rule, start, first, last)


_hourly = _rules("HOURLY", _maybe(_weekdays), _positions)


@settings(deadline=None, max_examples=30)
@given(_hourly, st.integers(0, 40 * 24), st.integers(0, 10 * 24))
def test_hourly_rules_name_what_dateutil_names(rule: str, start: int, skip: int) -> None:
    first_hour = datetime.fromisoformat("9999-10-01T00:30") + timedelta(hours=start)
    first = first_hour + timedelta(hours=skip)

    found = ours(rule, first_hour, first, first + timedelta(days=20))

    assert found == by_dateutil(rule, first_hour, first, first + timedelta(days=20))


@settings(deadline=None)
@given(st.integers(1, 53), st.integers(0, 6), st.integers(1900, 2200))
def test_weeks_are_numbered_as_the_standard_calendar_has_them(
    week: int, weekday: int, year: int
) -> None:
    # dateutil takes the length of the wrong year for days before the first week of another.
    weeks = date(year, 12, 28).isocalendar().week
    week = min(week, weeks)
    rule = f"FREQ=YEARLY;BYWEEKNO={week};BYDAY={WEEKDAYS[weekday]}"
    from_end = f"FREQ=YEARLY;BYWEEKNO={week - weeks - 1};BYDAY={WEEKDAYS[weekday]}"
    first, last = f"{year}-01-01", f"{year + 1}-01-01"
    days = [date(year, 1, 1) + timedelta(days=offset) for offset in range(366)]
    expected = [
        f"{day} 09:00"
        for day in days
        if day.year == year and day.isocalendar()[1:] == (week, weekday + 1)
    ]

    assert times(rule, "1890-01-01 09:00", first, last) == expected
    in_the_year = [
        day for day in expected if date.fromisoformat(day[:10]).isocalendar().year == year
    ]
    assert set(in_the_year) <= set(times(from_end, "1890-01-01 09:00", first, last))


# The examples of RFC 5545, section 3.8.5.3, all from 2 September 1997 at 09:00.
RFC_EXAMPLES = (
    "FREQ=DAILY;COUNT=10",
    "FREQ=DAILY;INTERVAL=2",
    "FREQ=DAILY;INTERVAL=10;COUNT=5",
    "FREQ=YEARLY;BYMONTH=1;BYDAY=SU,MO,TU,WE,TH,FR,SA",
    "FREQ=DAILY;BYMONTH=1",
    "FREQ=WEEKLY;COUNT=10",
    "FREQ=WEEKLY;INTERVAL=2;WKST=SU",
    "FREQ=WEEKLY;COUNT=10;WKST=SU;BYDAY=TU,TH",
    "FREQ=WEEKLY;INTERVAL=2;WKST=SU;BYDAY=MO,WE,FR",
    "FREQ=WEEKLY;INTERVAL=2;COUNT=8;WKST=SU;BYDAY=TU,TH",
    "FREQ=MONTHLY;COUNT=10;BYDAY=1FR",
    "FREQ=MONTHLY;INTERVAL=2;COUNT=10;BYDAY=1SU,-1SU",
    "FREQ=MONTHLY;COUNT=6;BYDAY=-2MO",
    "FREQ=MONTHLY;BYMONTHDAY=-3",
    "FREQ=MONTHLY;COUNT=10;BYMONTHDAY=2,15",
    "FREQ=MONTHLY;COUNT=10;BYMONTHDAY=1,-1",
    "FREQ=MONTHLY;INTERVAL=18;COUNT=10;BYMONTHDAY=10,11,12,13,14,15",
    "FREQ=MONTHLY;INTERVAL=2;BYDAY=TU",
    "FREQ=YEARLY;COUNT=10;BYMONTH=6,7",
    "FREQ=YEARLY;INTERVAL=2;COUNT=10;BYMONTH=1,2,3",
    "FREQ=YEARLY;INTERVAL=3;COUNT=10;BYYEARDAY=1,100,200",
    "FREQ=YEARLY;BYDAY=20MO",
    "FREQ=YEARLY;BYWEEKNO=20;BYDAY=MO",
    "FREQ=YEARLY;BYMONTH=3;BYDAY=TH",
    "FREQ=YEARLY;BYDAY=TH;BYMONTH=6,7,8",
    "FREQ=MONTHLY;BYDAY=FR;BYMONTHDAY=13",
    "FREQ=MONTHLY;BYDAY=SA;BYMONTHDAY=7,8,9,10,11,12,13",
    "FREQ=YEARLY;INTERVAL=4;BYMONTH=11;BYDAY=TU;BYMONTHDAY=2,3,4,5,6,7,8",
    "FREQ=MONTHLY;COUNT=3;BYDAY=TU,WE,TH;BYSETPOS=3",
    "FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-2",
    "FREQ=HOURLY;INTERVAL=3",
    "FREQ=DAILY;BYHOUR=9,10,11,12,13,14,15,16;BYMINUTE=0,20,40",
    "FREQ=WEEKLY;INTERVAL=2;COUNT=4;BYDAY=TU,SU;WKST=MO",
    "FREQ=WEEKLY;INTERVAL=2;COUNT=4;BYDAY=TU,SU;WKST=SU",
    "FREQ=MONTHLY;BYMONTHDAY=15,30;COUNT=5",
)


@pytest.mark.parametrize("rule", RFC_EXAMPLES)
@pytest.mark.parametrize("years", [0, 4])
def test_the_examples_of_the_rfc_name_what_dateutil_names(rule: str, years: int) -> None:
    start = datetime.fromisoformat("1997-09-02T09:00")
    first = start + timedelta(days=365 * years)
    last = first + timedelta(days=300 if "HOUR" in rule else 3000)

    assert ours(rule, start, first, last) == by_dateutil(rule, start, first, last)


@pytest.mark.parametrize(
    ("why", "rule", "ours", "dateutil"),
    [
        (
            "3.3.10: what is not in the rule comes from DTSTART, so its weekday",
            "FREQ=YEARLY;BYWEEKNO=20",
            ["2026-05-13 09:00"],
            "2026-05-11 09:00",
        ),
        (
            "3.3.10: BYSETPOS counts in one interval of the rule, and that is the whole first week",
            "FREQ=WEEKLY;BYDAY=MO,WE,FR;BYSETPOS=1",
            ["2026-03-09 09:00", "2026-03-16 09:00"],
            "2026-03-04 09:00",
        ),
    ],
)
def test_where_dateutil_strays_from_the_rfc_the_rfc_is_followed(
    why: str, rule: str, ours: list[str], dateutil: str
) -> None:
    start = "2026-03-04 09:00"  # a Wednesday

    found = times(rule, start, start, "2026-12-01")

    assert found[: len(ours)] == ours, why
    assert f"{rrulestr(rule, dtstart=datetime.fromisoformat(start))[0]:%Y-%m-%d %H:%M}" == dateutil


# ---------------------------------------------------------------- by hand


@pytest.mark.parametrize(
    ("rule", "expected"),
    [
        ("FREQ=MONTHLY;BYMONTHDAY=31", ["2026-01-31", "2026-03-31", "2026-05-31"]),
        ("FREQ=MONTHLY;BYDAY=MO,2TU", ["2026-01-05", "2026-01-12", "2026-01-13", "2026-01-19"]),
        ("FREQ=MONTHLY;BYDAY=-1FR", ["2026-01-30", "2026-02-27", "2026-03-27", "2026-04-24"]),
        ("FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-1", ["2026-01-30", "2026-02-27"]),
        ("FREQ=YEARLY;BYWEEKNO=-53;BYDAY=MO", []),  # 2026 has 53 weeks: its first is its -53rd
        ("FREQ=YEARLY;BYWEEKNO=53;BYDAY=TH", ["2026-12-31"]),
        ("FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=29", []),
        ("FREQ=YEARLY;BYYEARDAY=-1", ["2026-12-31"]),
    ],
)
def test_days_of_2026(rule: str, expected: list[str]) -> None:
    found = times(rule, "2020-01-31 09:00", "2026-01-01", "2027-01-01")

    assert found[: len(expected)] == [f"{day} 09:00" for day in expected]
    assert bool(found) == bool(expected)


def test_the_day_a_month_lacks_is_left_out_and_not_moved() -> None:
    found = times("FREQ=MONTHLY", "2026-01-31 09:00", "2026-01-01", "2026-06-01")

    assert found == ["2026-01-31 09:00", "2026-03-31 09:00", "2026-05-31 09:00"]


def test_a_birthday_on_a_leap_day_comes_every_four_years() -> None:
    found = times("FREQ=YEARLY", "2000-02-29 09:00", "2001-01-01", "2013-01-01")

    assert found == ["2004-02-29 09:00", "2008-02-29 09:00", "2012-02-29 09:00"]


def test_new_years_eve_is_in_the_old_year() -> None:
    for year in (1999, 2000, 2001, 2004):
        eve = f"{year}-12-31"

        assert times("FREQ=YEARLY", "1996-12-31 09:00", eve, f"{year + 1}-01-01") == [
            f"{eve} 09:00"
        ]


def test_no_more_are_named_than_asked_for() -> None:
    for rule in ("FREQ=DAILY", "FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR", "FREQ=MONTHLY;BYMONTHDAY=1,2"):
        every = times(rule, "2020-01-06 09:00", "2026-01-01", "2027-01-01")

        assert times(rule, "2020-01-06 09:00", "2026-01-01", "2027-01-01", most=7) == every[:7]


@pytest.mark.parametrize("rule", ["FREQ=DAILY;COUNT=0", "FREQ=MONTHLY;COUNT=0"])
def test_a_count_of_nothing_names_nothing(rule: str) -> None:
    assert times(rule, "2026-01-01 09:00", "2026-01-01", "2027-01-01") == []


def test_nothing_is_named_in_no_time() -> None:
    assert times("FREQ=DAILY", "2026-01-01 09:00", "2026-02-01", "2026-02-01") == []
    assert times("FREQ=DAILY", "2026-01-01 09:00", "2020-02-01", "2021-02-01") == []


@pytest.mark.parametrize(
    "rule",
    [
        "FREQ=DAILY;COUNT=1000000000",
        "FREQ=WEEKLY;BYDAY=MO,WE;COUNT=1000000000",
        "FREQ=MONTHLY;COUNT=1000000000",
        "FREQ=YEARLY;BYDAY=20MO;COUNT=1000000000",
        "FREQ=DAILY;BYMONTH=2;BYMONTHDAY=30",
        "FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30;COUNT=5",
        "FREQ=HOURLY;INTERVAL=999999999",
        "FREQ=YEARLY;INTERVAL=999999999",
        "FREQ=YEARLY;BYDAY=MO;BYHOUR={};BYMINUTE={};BYSECOND={};BYSETPOS=-1".format(
            ",".join(map(str, range(24))), *[",".join(map(str, range(60)))] * 2
        ),
        "FREQ=DAILY;BYHOUR={};BYMINUTE={};BYSECOND={}".format(
            ",".join(map(str, range(24))), *[",".join(map(str, range(60)))] * 2
        ),
    ],
)
def test_no_rule_takes_long_however_old_its_start(rule: str) -> None:
    began = time.process_time()

    named_by(parse(rule), 9 * 3600, wall_s("2026-01-01"), wall_s("2030-01-01"), 2_000)

    assert time.process_time() - began < 1


def test_counting_ends_somewhere() -> None:
    rule = parse("FREQ=HOURLY;COUNT=1000000000")
    late = MOST_COUNTED * 3600

    assert named_by(rule, 0, late - DAY_S, late - 3600, MANY)
    with pytest.raises(BadRule, match="too much counting"):
        named_by(rule, 0, late, late + DAY_S, MANY)
