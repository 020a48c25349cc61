from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from policies.spoken import (
    city,
    clock_said,
    counted,
    length_said,
    long_day,
    moment_said,
    said_to,
    short_day,
    short_moment,
    since_said,
    until_said,
)
from tests.make import BERLIN, interval, utc

CALL = interval("2026-11-24 08:30", "2026-11-24 09:00")
LATE_CALL = interval("2026-11-24 17:00", "2026-11-24 17:30")


def test_a_moment_is_said_with_its_weekday_and_without_its_year() -> None:
    assert moment_said(utc("2026-11-03 08:30"), BERLIN) == "Tuesday 3 November at 09:30"
    assert clock_said(utc("2026-11-03 23:05"), BERLIN) == "00:05"


@pytest.mark.parametrize(
    ("when", "zone", "in_person", "said"),
    [
        (CALL, BERLIN, False, "Tuesday 24 November at 09:30"),
        (CALL, "Europe/Stockholm", False, "Tuesday 24 November at 09:30"),
        (CALL, "Asia/Tokyo", False, "Tuesday 24 November at 17:30 your time (09:30 in Berlin)"),
        (CALL, "", False, "Tuesday 24 November at 09:30 Berlin time"),
        (CALL, "Mars/Olympus", False, "Tuesday 24 November at 09:30 Berlin time"),
        (CALL, "", True, "Tuesday 24 November at 09:30"),
        (CALL, "Asia/Tokyo", True, "Tuesday 24 November at 09:30"),
        (
            LATE_CALL,
            "Asia/Tokyo",
            False,
            "Wednesday 25 November at 02:00 your time (Tuesday 24 November at 18:00 in Berlin)",
        ),
    ],
)
def test_a_guest_afar_never_has_to_ask_whose_clock_is_meant(
    when: object, zone: str, in_person: bool, said: str
) -> None:
    assert said_to(when, zone, BERLIN, in_person=in_person) == said  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("zone", "name"),
    [
        ("America/Argentina/Buenos_Aires", "Buenos Aires"),
        ("Europe/Berlin", "Berlin"),
        ("UTC", "UTC"),
        ("Etc/GMT+3", "Etc/GMT+3"),
    ],
)
def test_a_zone_is_called_by_its_city(zone: str, name: str) -> None:
    assert city(zone) == name


@pytest.mark.parametrize(
    ("length", "said"),
    [
        (timedelta(weeks=3), "3 weeks"),
        (timedelta(weeks=1), "1 week"),
        (timedelta(days=3), "3 days"),
        (timedelta(hours=48), "48 hours"),
        (timedelta(hours=1), "1 hour"),
        (timedelta(minutes=90), "90 minutes"),
        (timedelta(), "0 minutes"),
    ],
)
def test_a_length_is_said_in_its_largest_whole_unit(length: timedelta, said: str) -> None:
    assert length_said(length) == said


@pytest.mark.parametrize(
    ("days", "northern", "said"),
    [
        (1, True, "for a few weeks"),
        (35, True, "for a few weeks"),
        (36, True, "for a month or two"),
        (100, True, "since August"),
        (121, True, "since the summer"),
        (121, False, "since July"),
        (240, True, "since the spring"),
        (290, True, "since the winter"),
        (301, True, "for about a year"),
        (431, True, "for well over a year"),
        (1000, True, "for a couple of years"),
        (1101, True, "for years"),
    ],
)
def test_how_long_ago_is_said_without_counting_days(days: int, northern: bool, said: str) -> None:
    today = date(2026, 11, 20)

    assert since_said(today - timedelta(days=days), today, northern=northern) == said


@given(st.dates(date(2020, 1, 1), date(2030, 1, 1)), st.integers(0, 3000), st.booleans())
def test_no_number_is_ever_said(today: date, days: int, northern: bool) -> None:
    said = since_said(today - timedelta(days=days), today, northern=northern)

    assert not any(char.isdigit() for char in said)
    assert said.startswith(("since ", "for "))


@pytest.mark.parametrize(
    ("end", "said"),
    [
        ("2026-03-31 13:59", "Tue 31 Mar 15:59"),
        ("2026-04-01 11:59", "Wed 1 Apr 13:59"),
        ("2026-04-01 12:00", "Wed 1 Apr"),
        ("2026-04-30 22:00", "Fri 1 May"),
        ("2027-01-01 12:00", "Fri 1 Jan 2027"),
    ],
)
def test_an_end_within_a_day_is_said_with_its_time(end: str, said: str) -> None:
    assert until_said(utc(end), utc("2026-03-31 12:00"), BERLIN) == said


def test_a_day_has_one_short_form_and_one_long() -> None:
    assert long_day(date(2026, 3, 3)) == "3 March 2026"
    assert short_day(date(2026, 3, 3)) == "Tue 3 Mar"
    assert short_moment(utc("2026-03-03 08:05"), BERLIN) == "Tue 3 Mar 09:05"


@pytest.mark.parametrize(
    ("count", "days", "people", "steps"),
    [
        (0, "0 days", "0 people", "0 steps are"),
        (1, "1 day", "1 person", "1 step is"),
        (2, "2 days", "2 people", "2 steps are"),
        (-1, "-1 day", "-1 person", "-1 step is"),
    ],
)
def test_one_thing_is_said_as_one(count: int, days: str, people: str, steps: str) -> None:
    assert counted(count, "step is", "steps are") == steps
    assert counted(count, "day") == days
    assert counted(count, "person") == people
