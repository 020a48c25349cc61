from __future__ import annotations

import re
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from policies.memory.days import find_day, parse_day, without_day

TODAY = date(2026, 11, 25)  # a Wednesday


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("tomorrow", "2026-11-26"),
        ("Tuesday", "2026-12-01"),
        ("by Tuesday", "2026-12-01"),
        ("Wednesday", "2026-12-02"),
        ("this Wednesday", "2026-11-25"),
        ("next Friday", "2026-11-27"),
        ("by the end of the week", "2026-11-27"),
        ("this week", "2026-11-27"),
        ("next week", "2026-12-04"),
        ("end of the month", "2026-11-30"),
        ("next month", "2026-12-31"),
        ("by the end of the year", "2026-12-31"),
        ("in two weeks", "2026-12-09"),
        ("in 10 days", "2026-12-05"),
        ("in a month", "2026-12-25"),
        ("3 March", "2027-03-03"),
        ("the 3rd of March", "2027-03-03"),
        ("by the 3rd of March", "2027-03-03"),
        ("March 3", "2027-03-03"),
        ("Tuesday 3 Mar 2026", "2026-03-03"),
        ("29 February", None),
        ("2026-12-24", "2026-12-24"),
        ("3/4", None),
        ("30 February", None),
        ("2026-02-30", None),
        ("9999-12-31", None),
        ("the paper", None),
        ("", None),
    ],
)
def test_a_day_ahead_is_understood_as_people_mean_it(text: str, day: str | None) -> None:
    found = parse_day(text, TODAY, ahead=True)

    assert found == (date.fromisoformat(day) if day else None)


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("today", "2026-11-25"),
        ("yesterday", "2026-11-24"),
        ("last night", "2026-11-24"),
        ("on Tuesday", "2026-11-24"),
        ("on Wednesday", "2026-11-25"),
        ("last Wednesday", "2026-11-18"),
        ("last week", "2026-11-18"),
        ("a week ago", "2026-11-18"),
        ("3 days ago", "2026-11-22"),
        ("3 March", "2026-03-03"),
        ("24 December", "2025-12-24"),
        ("tomorrow", "2026-11-26"),
    ],
)
def test_a_day_past_is_the_last_there_was(text: str, day: str) -> None:
    assert parse_day(text, TODAY, ahead=False) == date.fromisoformat(day)


def test_a_day_that_says_by_when_goes_before_the_others() -> None:
    words = ["the", "plan", "for", "Monday", "by", "Friday"]

    found = find_day(words, TODAY, ahead=True)
    assert found is not None
    assert (found.day, words[found.start : found.end]) == (date(2026, 11, 27), ["by", "Friday"])


@pytest.mark.parametrize(
    ("text", "what", "due"),
    [
        ("the paper by Friday", "the paper", "2026-11-27"),
        ("tomorrow the slides", "the slides", "2026-11-26"),
        ("by tomorrow: the slides", "the slides", "2026-11-26"),
        ("the paper", "the paper", None),
        ("the paper of yesterday", "the paper of yesterday", None),
        ("", "", None),
    ],
)
def test_what_is_said_and_by_when_are_told_apart(text: str, what: str, due: str | None) -> None:
    assert without_day(text, TODAY) == (what, due and date.fromisoformat(due))


@pytest.mark.parametrize("text", ["she sat down", "the sun shone", "we may meet", "in the room"])
def test_small_words_that_look_like_days_are_none(text: str) -> None:
    assert find_day(text.split(), TODAY, ahead=True) is None


_WORDS = re.findall(
    r"\S+",
    "by on the end of in next last this tuesday Tue sat march may 3 3rd 31 a two weeks days month"
    " year 2026 2026-12-01 99999999999999 ago ³ today tomorrow",
)


@given(
    st.lists(st.sampled_from(_WORDS) | st.text(max_size=6), max_size=9),
    st.dates(date(1990, 1, 1), date(2150, 1, 1)),
    st.booleans(),
)
def test_whatever_is_written_a_day_found_is_near_and_stands_in_the_words(
    words: list[str], today: date, ahead: bool
) -> None:
    found = find_day(words, today, ahead=ahead)

    if found:
        assert 0 <= found.start < found.end <= len(words)
        assert abs(found.day - today) <= timedelta(days=3 * 366)
