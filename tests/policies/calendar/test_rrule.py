from __future__ import annotations

from datetime import datetime

import pytest

from policies.calendar.rrule import BadRule, Days, Frequency, Until, UntilForm, parse
from policies.wall import local_seconds


def wall_s(text: str) -> int:
    return local_seconds(datetime.fromisoformat(text))


def test_a_rule_is_read_part_by_part() -> None:
    rule = parse(
        "FREQ=YEARLY;INTERVAL=2;COUNT=10;BYMONTH=11,3;BYMONTHDAY=-1,1;BYYEARDAY=100;BYWEEKNO=20;"
        "BYDAY=2MO,-1FR,TU;BYHOUR=9;BYMINUTE=30,0;BYSECOND=15;BYSETPOS=-1;WKST=SU"
    )

    assert rule.frequency is Frequency.YEARLY
    assert (rule.interval, rule.count, rule.until) == (2, 10, None)
    assert rule.days == Days(
        months=(3, 11),
        week_numbers=(20,),
        year_days=(100,),
        month_days=(-1, 1),
        weekdays=((0, 2), (1, 0), (4, -1)),
        n_in_month=True,
        week_start=6,
    )
    assert (rule.hours, rule.minutes, rule.seconds) == ((9,), (0, 30), (15,))
    assert rule.positions == (-1,)


@pytest.mark.parametrize(
    "text",
    [
        "freq=weekly;byday=mo",
        "RRULE:FREQ=WEEKLY;BYDAY=MO",
        " FREQ = WEEKLY ; BYDAY = MO ",
        "FREQ=WEEKLY;BYDAY=MO;",
        "FREQ=WEEKLY;;BYDAY=MO",
        "FREQ=WEEKLY;UNTIL=;BYDAY=MO",
        "FREQ=WEEKLY;COUNT=-1;BYDAY=MO",
        "FREQ=WEEKLY;BYDAY=MO,MO",
        "FREQ=WEEKLY;BYDAY=1MO",
        "FREQ=WEEKLY;BYDAY=MO;BYDAY=TU",
        "FREQ=WEEKLY;BYDAY=MO;WKST=MO",
        "RSCALE=GREGORIAN;FREQ=WEEKLY;BYDAY=MO;SKIP=OMIT",
    ],
)
def test_forms_that_calendars_have_mean_the_same(text: str) -> None:
    expected = parse("FREQ=WEEKLY;BYDAY=MO")

    rule = parse(text)

    assert (rule.frequency, rule.interval, rule.count, rule.until, rule.days, rule.steps) == (
        expected.frequency,
        expected.interval,
        expected.count,
        expected.until,
        expected.days,
        expected.steps,
    )


@pytest.mark.parametrize(
    ("until", "expected"),
    [
        ("20260331", Until(UntilForm.DAY, wall_s("2026-03-31 23:59:59"))),
        ("20260331Z", Until(UntilForm.DAY, wall_s("2026-03-31 23:59:59"))),
        ("20260331T090000", Until(UntilForm.WALL, wall_s("2026-03-31 09:00"))),
        ("20260331T090000Z", Until(UntilForm.UTC, wall_s("2026-03-31 09:00"))),
        ("99991231T235959Z", Until(UntilForm.UTC, wall_s("9999-12-31 23:59:59"))),
    ],
)
def test_until_is_a_day_or_a_time_here_or_a_time_in_utc(until: str, expected: Until) -> None:
    assert parse(f"FREQ=DAILY;UNTIL={until}").until == expected


@pytest.mark.parametrize(
    ("text", "steps"),
    [
        ("FREQ=DAILY", ()),
        ("FREQ=DAILY;INTERVAL=3;COUNT=5", ()),
        ("FREQ=WEEKLY", ()),
        ("FREQ=WEEKLY;BYDAY=FR,MO", (0, 4)),
        ("FREQ=WEEKLY;BYDAY=SU,MO;WKST=SU", (0, 1)),
        ("FREQ=DAILY;BYDAY=MO,TU,WE,TH,FR", (0, 1, 2, 3, 4)),
        ("FREQ=DAILY;INTERVAL=2;BYDAY=MO", None),
        ("FREQ=WEEKLY;BYDAY=MO;BYHOUR=9", None),
        ("FREQ=WEEKLY;BYDAY=MO;BYMONTH=3", None),
        ("FREQ=WEEKLY;BYDAY=MO,TU;BYSETPOS=1", None),
        ("FREQ=MONTHLY", None),
        ("FREQ=HOURLY", None),
    ],
)
def test_rules_that_only_step_are_known_as_such(text: str, steps: tuple[int, ...] | None) -> None:
    assert parse(text).steps == steps


def test_a_leap_second_is_the_one_before() -> None:
    assert parse("FREQ=DAILY;BYSECOND=60,59,0").seconds == (0, 59)


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("", "no FREQ"),
        ("FREQ=", "no FREQ"),
        ("FREQ=FORTNIGHTLY", "no FREQ"),
        ("FREQ=SECONDLY", "every minute or second"),
        ("FREQ=MINUTELY;INTERVAL=60", "every minute or second"),
        ("FREQ=WEEKLY;nonsense", "cannot be read"),
        ("FREQ=DAILY;INTERVAL=0", "INTERVAL is not positive"),
        ("FREQ=DAILY;INTERVAL=-1", "INTERVAL is not positive"),
        ("FREQ=DAILY;INTERVAL=often", "INTERVAL is no number"),
        ("FREQ=DAILY;COUNT=many", "COUNT is no number"),
        ("FREQ=DAILY;COUNT=" + "9" * 5000, "COUNT is no number"),
        ("FREQ=WEEKLY;BYDAY=XX", "BYDAY is no weekday"),
        ("FREQ=MONTHLY;BYDAY=firstMO", "BYDAY is no number"),
        ("FREQ=MONTHLY;BYDAY=54MO", "BYDAY is out of range"),
        ("FREQ=YEARLY;BYMONTH=13", "BYMONTH is out of range"),
        ("FREQ=YEARLY;BYMONTH=0", "BYMONTH is out of range"),
        ("FREQ=MONTHLY;BYMONTHDAY=0", "BYMONTHDAY is out of range"),
        ("FREQ=MONTHLY;BYMONTHDAY=-32", "BYMONTHDAY is out of range"),
        ("FREQ=YEARLY;BYWEEKNO=54", "BYWEEKNO is out of range"),
        ("FREQ=YEARLY;BYYEARDAY=367", "BYYEARDAY is out of range"),
        ("FREQ=MONTHLY;BYDAY=MO;BYSETPOS=0", "BYSETPOS is out of range"),
        ("FREQ=DAILY;BYHOUR=24", "BYHOUR is out of range"),
        ("FREQ=DAILY;BYMINUTE=60", "BYMINUTE is out of range"),
        ("FREQ=DAILY;BYSECOND=61", "BYSECOND is out of range"),
        ("FREQ=WEEKLY;WKST=XX", "WKST is no weekday"),
        ("FREQ=DAILY;UNTIL=tomorrow", "UNTIL is no date"),
        ("FREQ=DAILY;UNTIL=20260231", "UNTIL is no date"),
        ("FREQ=DAILY;UNTIL=2026-W10", "UNTIL is no date"),
        ("FREQ=DAILY;UNTIL=123450101T000000Z", "UNTIL is no date"),
        ("RSCALE=HEBREW;FREQ=YEARLY;BYMONTH=5L", "another calendar"),
        ("RSCALE=GREGORIAN;FREQ=MONTHLY;SKIP=FORWARD", "another calendar"),
        ("FREQ=DAILY;X=" + "x" * 10_000, "too long"),
    ],
)
def test_a_rule_we_do_not_follow_says_why(text: str, problem: str) -> None:
    with pytest.raises(BadRule, match=problem):
        parse(text)


def test_what_is_said_of_a_bad_rule_holds_nothing_of_its_text() -> None:
    with pytest.raises(BadRule) as caught:
        parse("FREQ=WEEKLY;BYDAY=SECRETMO")

    assert "SECRET" not in str(caught.value)
