from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from policies.quiet import parse_quiet, quiet_days, quiet_until


@pytest.mark.parametrize(
    ("text", "quiet", "open_"),
    [
        ("Fri", "2026-12-11", "2026-12-10"),
        ("friday", "2026-12-11", "2026-12-12"),
        ("2026-12-24", "2026-12-24", "2027-12-24"),
        ("12-24", "2027-12-24", "2026-12-25"),
        ("2026-07-01..2026-07-14", "2026-07-14", "2026-07-15"),
        ("12-20..01-06", "2026-12-20", "2026-12-19"),
        ("12-20 .. 01-06", "2031-01-06", "2031-01-07"),
        ("02-29", "2028-02-29", "2027-03-01"),
        ("07-01..07-14", "2027-07-07", "2027-06-30"),
    ],
)
def test_a_quiet_time_is_a_weekday_a_day_or_a_span_once_or_every_year(
    text: str, quiet: str, open_: str
) -> None:
    period = parse_quiet(text)

    assert period.covers(date.fromisoformat(quiet))
    assert not period.covers(date.fromisoformat(open_))


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("", "is no weekday"),
        ("Fr", "is no weekday"),
        ("24.12.", "is no weekday"),
        ("2026-12-24..01-06", "a year at one end only"),
        ("2026-12-24..2026-12-20", "ends before it begins"),
        ("13-01", "month"),
    ],
)
def test_what_is_no_quiet_time_is_refused(text: str, problem: str) -> None:
    with pytest.raises(ValueError, match=problem):
        parse_quiet(text)


@pytest.mark.parametrize(
    ("texts", "day", "until"),
    [
        ([], "2026-12-24", None),
        (["12-20..01-06"], "2026-12-24", "2027-01-07"),
        (["12-20..01-06", "Thu"], "2026-12-24", "2027-01-08"),
        (["12-20..01-06"], "2026-12-19", None),
        (["mon", "tue", "wed", "thu", "fri", "sat", "sun"], "2026-01-01", "2027-01-02"),
    ],
)
def test_quiet_lasts_to_the_first_day_that_none_of_them_covers(
    texts: list[str], day: str, until: str | None
) -> None:
    found = quiet_until(map(parse_quiet, texts), date.fromisoformat(day))

    assert found == (date.fromisoformat(until) if until else None)


def test_on_quiet_weekdays_people_may_still_be_met() -> None:
    periods = [parse_quiet("Thu"), parse_quiet("12-24..12-26")]

    found = quiet_days(periods, date(2026, 12, 1), date(2026, 12, 31))
    assert found == (date(2026, 12, 24), date(2026, 12, 25), date(2026, 12, 26))


_TEXTS = st.sampled_from(["Mon", "fri", "12-20..01-06", "2026-03-01..2026-03-09", "05-01"])


@given(st.lists(_TEXTS, max_size=4), st.dates(date(2020, 1, 1), date(2040, 1, 1)))
def test_every_day_before_the_end_is_quiet_and_the_end_is_not(texts: list[str], day: date) -> None:
    periods = [parse_quiet(each) for each in texts]
    until = quiet_until(periods, day)

    for count in range(((until or day) - day).days):
        assert any(each.covers(day + timedelta(days=count)) for each in periods)
    assert not any(each.covers(until or day) for each in periods)
