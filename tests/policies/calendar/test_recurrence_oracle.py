"""Whole series, with everything that changes them, held against `recurring_ical_events`.

Three sources: the calendars it brings along for its own tests, each of them a bug somebody had;
series made up at random; and the cases where the two differ, each with the paragraph that says why.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import NamedTuple
from zoneinfo import ZoneInfo

import pytest
import recurring_ical_events
from hypothesis import given, settings
from hypothesis import strategies as st

from policies.wall import local_datetime, moment
from tests.policies import ics

# What is no matter of recurrence: `connectors` decides that.
NOT_COMPARED = {
    "bad_rrule_missing_until_event": "they refuse a rule with a part they do not know",
    "end_before_start_event": "they swap start and end",
    "issue_132_swapped_start_and_end": "they swap start and end",
    "issue_86_x_wr_timezone_without_time_zone_in_dt": "they read X-WR-TIMEZONE",
}
THEIR_CALENDARS = [
    path
    for path in sorted(
        (Path(recurring_ical_events.__file__).parent / "test" / "calendars").glob("*.ics")
    )
    if path.stem not in NOT_COMPARED
]
# Later, one of them ends with a date for UNTIL; see the table below.
FIRST, LAST = datetime(2005, 1, 1, tzinfo=UTC), datetime(2025, 9, 1, tzinfo=UTC)


@pytest.mark.parametrize("path", THEIR_CALENDARS, ids=lambda path: path.stem)
def test_their_own_calendars_hold_the_same(path: Path) -> None:
    text = path.read_text("utf-8")

    ours, theirs = ics.ours(text, FIRST, LAST), ics.theirs(text, FIRST, LAST)

    # Without UIDs: some of theirs lack them.
    assert sorted(each[1:] for each in ours) == sorted(each[1:] for each in theirs)


# ---------------------------------------------------------------- made up


class Made(NamedTuple):
    text: str
    first: datetime
    last: datetime


ZONES = ("Europe/Berlin", "America/New_York", "Australia/Sydney", "Asia/Kolkata", "Etc/UTC")
RULES = (
    "FREQ=DAILY",
    "FREQ=DAILY;INTERVAL=3",
    "FREQ=WEEKLY",
    "FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR",
    "FREQ=WEEKLY;INTERVAL=2;BYDAY=TU,SU;WKST=SU",
    "FREQ=WEEKLY;INTERVAL=2;BYDAY=TU,SU;WKST=MO",
    "FREQ=MONTHLY",
    "FREQ=MONTHLY;BYDAY=-1FR",
    "FREQ=MONTHLY;BYDAY=1MO,3MO",
    "FREQ=MONTHLY;BYMONTHDAY=-1,15",
    "FREQ=MONTHLY;INTERVAL=2;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-1",
    "FREQ=YEARLY",
    "FREQ=YEARLY;BYMONTH=3,10;BYDAY=-1SU",
)
WINDOW_STARTS = st.sampled_from([10, -60, 0, 20, 45, 100, 300])


@st.composite
def made(draw: st.DrawFn, *, all_day: bool) -> Made:
    """A series in 2024 to 2026 with single dates, exceptions and changed instances.

    Meetings are by day and at most four hours long: nights with a change of the clocks are in
    the table. Times are such that no instance's time in UTC is another's on the wall, which
    `recurring_ical_events` cannot tell apart.
    """
    zone = draw(st.sampled_from(ZONES))
    start = datetime.fromisoformat("2024-01-01") + timedelta(days=draw(st.integers(0, 700)))
    if not all_day:
        start += timedelta(minutes=draw(st.sampled_from([9 * 60, 13 * 60 + 30])))
    rule = draw(st.sampled_from(RULES)) + _end(draw, start, zone, all_day=all_day)
    first = start.replace(tzinfo=UTC) + timedelta(days=draw(WINDOW_STARTS), hours=3)
    last = first + timedelta(days=draw(st.sampled_from([400, 200, 30, 2])))
    length = timedelta(days=draw(st.sampled_from([1, 1, 2]))) if all_day else timedelta(hours=1)
    master = _times(start, length, zone, all_day=all_day) + f"RRULE:{rule}\n"
    steps = st.sampled_from(_instances(master, first, last, zone) or [start])
    for each in draw(st.lists(steps, max_size=3)):
        master += _stamp("EXDATE", each, zone, all_day=all_day)
    for days in draw(st.lists(st.integers(-20, 500), max_size=2)):
        extra = start + timedelta(days=days, minutes=0 if all_day else 97)
        master += _stamp("RDATE", extra, zone, all_day=all_day)
    events = [master + "SUMMARY:master\n"]
    changed = draw(st.lists(steps, max_size=4))
    for number, each in enumerate(changed):
        # They take a range from whichever change of its instance counts; see the table.
        onwards = changed.count(each) == 1 and draw(st.integers(0, 2)) == 0
        name = "RECURRENCE-ID;RANGE=THISANDFUTURE" if onwards else "RECURRENCE-ID"
        replaced = _stamp(name, each, zone, all_day=all_day)
        events.append(replaced + _change(draw, each, zone, number, all_day=all_day))
    return Made(ics.calendar(*events), first, last)


def _end(draw: st.DrawFn, start: datetime, zone: str, *, all_day: bool) -> str:
    last = start + timedelta(days=draw(st.sampled_from([365, 500, 100, 20, -2])))
    in_utc = last.replace(tzinfo=ZoneInfo(zone)).astimezone(UTC)
    until = f"{last:%Y%m%d}" if all_day else f"{in_utc:%Y%m%dT%H%M%SZ}"
    return draw(st.sampled_from(["", "", f";UNTIL={until}", ";COUNT=400", ";COUNT=30", ";COUNT=4"]))


def _instances(master: str, first: datetime, last: datetime, zone: str) -> list[datetime]:
    """Starts on the wall, to make changes to; as good as any, right or wrong."""
    wide = timedelta(days=30)
    found = ics.expanded(ics.calendar(master), first - wide, last + wide).occurrences
    where = zone if "TZID" in master else "UTC"
    return [local_datetime(each.start_s, where) for each in found]


def _change(draw: st.DrawFn, instance: datetime, zone: str, number: int, *, all_day: bool) -> str:
    unit = timedelta(days=1) if all_day else timedelta(minutes=31)
    moved = instance + draw(st.sampled_from([0, 1, 3, -2])) * unit
    moved += timedelta(days=draw(st.sampled_from([0, 0, 1, -1, 40, -40])))
    length = draw(st.sampled_from([1, 2, 4])) * timedelta(days=all_day, hours=1 - all_day)
    cancelled = "STATUS:CANCELLED\n" if draw(st.integers(0, 4)) == 0 else ""
    return (
        _times(moved, length, zone, all_day=all_day)
        + f"SUMMARY:change {number}\nSEQUENCE:{draw(st.integers(0, 2))}\n{cancelled}"
    )


def _times(start: datetime, length: timedelta, zone: str, *, all_day: bool) -> str:
    begin = _stamp("DTSTART", start, zone, all_day=all_day)
    return begin + _stamp("DTEND", start + length, zone, all_day=all_day)


def _stamp(name: str, moment: datetime, zone: str, *, all_day: bool) -> str:
    if all_day:
        return f"{name};VALUE=DATE:{moment:%Y%m%d}\n"
    return f"{name};TZID={zone}:{moment:%Y%m%dT%H%M%S}\n"


@settings(deadline=None, max_examples=200)
@given(made(all_day=False))
def test_meetings_take_place_when_they_say(case: Made) -> None:
    assert ics.ours(*case) == ics.theirs(*case)


@settings(deadline=None, max_examples=80)
@given(made(all_day=True))
def test_whole_days_take_place_when_they_say(case: Made) -> None:
    assert ics.ours(*case) == ics.theirs(*case)


# ---------------------------------------------------------------- where the two differ


class Difference(NamedTuple):
    """Events as lines, and what either makes of March and April 2026, in UTC."""

    why: str
    events: Sequence[str]
    ours: Sequence[str]
    theirs: Sequence[str]


DAILY = "DTSTART;TZID=Europe/Berlin:20260302T090000\nDURATION:PT1H\nRRULE:FREQ=DAILY;COUNT=3\n"
NIGHTS = "DTSTART;TZID=Europe/Berlin:20260328T220000\n"
DIFFERENCES = (
    Difference(
        "3.3.10: UNTIL is inclusive, and a date lasts all day",
        ["DTSTART:20260302T090000Z\nDURATION:PT1H\nRRULE:FREQ=DAILY;UNTIL=20260303"],
        ["03-02 09:00-10:00", "03-03 09:00-10:00"],
        ["03-02 09:00-10:00"],
    ),
    Difference(
        "3.3.10: a local UNTIL belongs to a local DTSTART; it is not in UTC",
        [
            (
                "DTSTART;TZID=America/New_York:20260302T200000\nDURATION:PT1H\n"
                "RRULE:FREQ=DAILY;UNTIL=20260303T200000"
            )
        ],
        ["03-03 01:00-02:00", "03-04 01:00-02:00"],
        ["03-03 01:00-02:00"],
    ),
    Difference(
        "3.8.5.3: with DTEND every instance has the same exact duration",
        [NIGHTS + "DTEND;TZID=Europe/Berlin:20260329T070000\nRRULE:FREQ=DAILY;COUNT=2"],
        ["03-28 21:00-05:00", "03-29 20:00-04:00"],
        ["03-28 21:00-05:00", "03-29 20:00-05:00"],
    ),
    Difference(
        "3.3.6: hours are exact",
        [NIGHTS + "DURATION:PT12H"],
        ["03-28 21:00-09:00"],
        ["03-28 21:00-08:00"],
    ),
    Difference(
        "RFC 2445, 4.8.5.2: EXRULE takes instances out; RFC 5545 no longer has it, exports do",
        [DAILY + "EXRULE:FREQ=DAILY;INTERVAL=2"],
        ["03-03 08:00-09:00"],
        ["03-02 08:00-09:00", "03-03 08:00-09:00", "03-04 08:00-09:00"],
    ),
    Difference(
        "3.8.5.1: what EXDATE takes out is out, changed or not, also by date",
        [
            DAILY + "EXDATE;VALUE=DATE:20260303",
            (
                "RECURRENCE-ID;TZID=Europe/Berlin:20260303T090000\n"
                "DTSTART;TZID=Europe/Berlin:20260303T120000\nDURATION:PT1H"
            ),
        ],
        ["03-02 08:00-09:00", "03-04 08:00-09:00"],
        ["03-02 08:00-09:00", "03-03 11:00-12:00", "03-04 08:00-09:00"],
    ),
    Difference(
        "3.8.4.4: RECURRENCE-ID has the type of DTSTART; a date can only mean that day's instance",
        [
            DAILY,
            (
                "RECURRENCE-ID;VALUE=DATE:20260303\n"
                "DTSTART;TZID=Europe/Berlin:20260303T120000\nDURATION:PT1H"
            ),
        ],
        ["03-02 08:00-09:00", "03-03 11:00-12:00", "03-04 08:00-09:00"],
        ["03-02 08:00-09:00", "03-03 08:00-09:00", "03-03 11:00-12:00", "03-04 08:00-09:00"],
    ),
    Difference(
        "3.3.10: the time of day that a date lacks is that of DTSTART, not midnight",
        [DAILY + "RDATE;VALUE=DATE:20260310"],
        ["03-02 08:00-09:00", "03-03 08:00-09:00", "03-04 08:00-09:00", "03-10 08:00-09:00"],
        ["03-02 08:00-09:00", "03-03 08:00-09:00", "03-04 08:00-09:00", "03-09 23:00-00:00"],
    ),
    Difference(
        "3.8.5.1: EXDATE names an instant; the same digits on another clock are another",
        [
            (
                "DTSTART;TZID=Europe/Berlin:20260302T090000\nDURATION:PT1H\n"
                "RRULE:FREQ=DAILY;BYHOUR=9,10;COUNT=2\nEXDATE;TZID=Europe/Berlin:20260302T090000"
            )
        ],
        ["03-02 09:00-10:00"],
        [],
    ),
    Difference(
        "3.2.13: the range is that of the property that states it",
        [
            DAILY + "SUMMARY:as planned",
            (
                "RECURRENCE-ID;RANGE=THISANDFUTURE;TZID=Europe/Berlin:20260302T090000\n"
                "DTSTART;TZID=Europe/Berlin:20260302T120000\nDURATION:PT1H\nSEQUENCE:1"
            ),
            (
                "RECURRENCE-ID;TZID=Europe/Berlin:20260302T090000\n"
                "DTSTART;TZID=Europe/Berlin:20260302T150000\nDURATION:PT1H\nSEQUENCE:2"
            ),
        ],
        ["03-02 14:00-15:00", "03-03 11:00-12:00", "03-04 11:00-12:00"],
        ["03-02 14:00-15:00", "03-03 08:00-09:00", "03-04 08:00-09:00"],
    ),
    Difference(
        "3.8.4.7: one UID is one event; two that are no versions of each other are two events",
        [
            "DTSTART:20260302T090000Z\nDURATION:PT1H",
            "DTSTART:20260309T090000Z\nDURATION:PT1H",
        ],
        ["03-02 09:00-10:00", "03-09 09:00-10:00"],
        ["03-02 09:00-10:00"],
    ),
    Difference(
        "3.3.10: an hour the clocks skip is no instance beside the hour it is read as",
        ["DTSTART;TZID=Europe/Berlin:20260329T010000\nRRULE:FREQ=HOURLY;COUNT=4\nDURATION:PT1H"],
        ["03-29 00:00-01:00", "03-29 01:00-02:00", "03-29 02:00-03:00"],
        ["03-29 00:00-01:00", "03-29 01:00-01:00", "03-29 01:00-02:00", "03-29 02:00-03:00"],
    ),
)


@pytest.mark.parametrize("case", DIFFERENCES, ids=lambda case: case.why.split(":")[0])
def test_where_they_differ_the_rfc_says_why(case: Difference) -> None:
    window = datetime(2026, 3, 1, tzinfo=UTC), datetime(2026, 5, 1, tzinfo=UTC)
    text = ics.calendar(*case.events)

    assert [_told(each) for each in ics.ours(text, *window)] == case.ours
    assert [_told(each) for each in ics.theirs(text, *window)] == case.theirs


def _told(instance: ics.Instance) -> str:
    start, end = moment(instance.start_s), moment(instance.end_s)
    return f"{start:%m-%d %H:%M}-{end:%H:%M}"
