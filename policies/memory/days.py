"""Days as people write them in English, relative to today: `Tuesday`, `by 3 March`, `2 weeks ago`.

`3/4` is a day in March to some and in April to others, so it is none here.
"""

from __future__ import annotations

import calendar
import re
from collections.abc import Sequence
from datetime import date, timedelta
from typing import Final, NamedTuple

_WEEKDAYS: Final = tuple(name.lower() for name in calendar.day_name)
_MONTHS: Final = tuple(name.lower() for name in calendar.month_name)
_SHORTEST = 3
_COUNTS: Final = {"a": 1, "an": 1, "one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6}
_UNITS: Final = {"day": 1, "week": 7, "month": 30, "year": 365}
_DUE: Final = frozenset({"by", "before", "until", "till", "due"})
_LEADS: Final = _DUE | {"on"}
_NEAR: Final = {
    "today": 0,
    "tonight": 0,
    "this morning": 0,
    "this afternoon": 0,
    "this evening": 0,
    "yesterday": -1,
    "last night": -1,
    "tomorrow": 1,
    "last week": -7,
}
_SPAN: Final = re.compile(
    "(?:end of )?(?:this|(?P<next>next)) (?P<unit>week|month|year)"
    "|end of (?P<alone>week|month|year)"
)
_LONGEST = 5  # words of a day without its preposition: the end of next month
_FARTHEST: Final = timedelta(days=3 * 366)
_FRIDAY, _WEEK = 4, 7
_ORDINAL: Final = re.compile(r"(\d{1,2})(?:st|nd|rd|th)?")


class Found(NamedTuple):
    """A day, and the places of the words that named it, first and one past the last.

    ``is_due``: the words before it say by when, rather than when.
    """

    day: date
    start: int
    end: int
    is_due: bool


def find_day(words: Sequence[str], today: date, *, ahead: bool) -> Found | None:
    """The first day named in ``words``; one that says by when goes before all others.

    ``ahead``: a weekday or a date without a year is the next there is, after today; else the
    last there was, today included.
    """
    plain = [each.lower().strip(".,!?:()") for each in words]
    found = [each for at in range(len(plain)) if (each := _at(plain, words, at, today, ahead))]
    return min(found, key=lambda each: (not each.is_due, each.start), default=None)


def parse_day(text: str, today: date, *, ahead: bool) -> date | None:
    """The day that ``text`` is, in words or as 2026-05-01; ``None`` where it is none."""
    words = text.split()
    found = find_day(words, today, ahead=ahead)
    return found.day if found and (found.start, found.end) == (0, len(words)) else None


def without_day(text: str, today: date) -> tuple[str, date | None]:
    """`the paper by Friday` as what it is and by when; ``None`` where no day to come is named."""
    words = text.split()
    found = find_day(words, today, ahead=True)
    if found is None or found.day < today:
        return " ".join(words), None
    return " ".join(words[: found.start] + words[found.end :]).strip(",;: "), found.day


def _at(
    plain: Sequence[str], words: Sequence[str], at: int, today: date, ahead: bool
) -> Found | None:
    """The longest day beginning at this word, its preposition included."""
    first = at
    while first < len(plain) and plain[first] in _LEADS | {"the"}:
        first += 1
    led = not _LEADS.isdisjoint(plain[at:first])
    for end in range(min(first + _LONGEST, len(plain)), first, -1):
        day = _day(tuple(plain[first:end]), today, ahead)
        is_word = end - first == 1 and len(plain[first]) < _SHORTEST + 2 and not led
        if (
            plain[end - 1] == "the"
            or day is None
            or (is_word and words[first].islower() and _weekday(plain[first]) >= 0)
        ):
            continue  # "sat" and "sun" are no days where nothing says so
        return Found(day, at, end, not _DUE.isdisjoint(plain[at:first]))
    return None


def _day(words: tuple[str, ...], today: date, ahead: bool) -> date | None:
    try:
        found = _named(words, today) or _counted(words, today) or _dated(words, today, ahead)
    except (ValueError, OverflowError):
        return None
    if found is None and len(words) == 1 and (weekday := _weekday(words[0])) >= 0:
        found = _of_week(weekday, today, ahead)
    return found if found and abs(found - today) <= _FARTHEST else None


def _named(words: tuple[str, ...], today: date) -> date | None:
    """Today and its neighbours, `next Tuesday`, the ends of weeks, months and years."""
    text = " ".join(each for each in words if each != "the")
    if text in _NEAR:
        return today + timedelta(days=_NEAR[text])
    if found := _SPAN.fullmatch(text):
        return _end_of(found["unit"] or found["alone"], today, after_next=found["next"] is not None)
    lead, _, name = text.partition(" ")
    if lead not in {"last", "next", "this"} or (weekday := _weekday(name)) < 0:
        return None
    if lead == "last":
        return _of_week(weekday, today - timedelta(days=1), ahead=False)
    return _of_week(weekday, today, ahead=True, today_too=lead == "this")


def _end_of(unit: str, today: date, *, after_next: bool) -> date:
    """The last working day of a week, the last day of a month or a year, this one or the next."""
    if unit == "year":
        return date(today.year + after_next, 12, 31)
    if unit == "week":
        friday = today + timedelta(days=_FRIDAY - today.weekday())
        return friday + timedelta(days=_WEEK) if after_next else max(friday, today)
    months = today.year * 12 + today.month - 1 + after_next
    year, month = divmod(months, 12)
    return date(year, month + 1, calendar.monthrange(year, month + 1)[1])


def _counted(words: tuple[str, ...], today: date) -> date | None:
    """`in two weeks`, `3 days ago`."""
    match words:
        case ("in", count, unit):
            sign = 1
        case (count, unit, "ago"):
            sign = -1
        case _:
            return None
    days, number = _UNITS.get(unit.removesuffix("s")), _COUNTS.get(count)
    if number is None and count.isascii() and count.isdecimal():
        number = int(count)
    return None if days is None or number is None else today + sign * number * timedelta(days=days)


def _dated(words: tuple[str, ...], today: date, ahead: bool) -> date | None:
    """`2026-03-03`, `3 March`, `March 3rd 2026`, `Tuesday 3 March`."""
    if len(words) == 1 and re.fullmatch(r"\d{4}-\d\d-\d\d", words[0], re.ASCII):
        return date.fromisoformat(words[0])
    rest = words[1:] if words and _weekday(words[0]) >= 0 else words
    rest = tuple(each for each in rest if each not in {"of", "the"})
    match rest:
        case (one, two) | (one, two, _) if (month := _month(two)) and (day := _ordinal(one)):
            pass
        case (one, two) | (one, two, _) if (month := _month(one)) and (day := _ordinal(two)):
            pass
        case _:
            return None
    if len(rest) > 2:  # noqa: PLR2004 - day, month, year
        return date(int(rest[2]), month, day) if re.fullmatch(r"(?a:\d{4})", rest[2]) else None
    years = (today.year - 1, today.year, today.year + 1)
    days = [date(year, month, day) for year in years if day <= calendar.monthrange(year, month)[1]]
    if ahead:
        return min((each for each in days if each > today), default=None)
    return max((each for each in days if each <= today), default=None)


def _of_week(weekday: int, today: date, ahead: bool, *, today_too: bool = False) -> date:
    if ahead:
        days = (weekday - today.weekday()) % _WEEK
        return today + timedelta(days=days or (0 if today_too else _WEEK))
    return today - timedelta(days=(today.weekday() - weekday) % _WEEK)


def _weekday(word: str) -> int:
    """Monday is 0; -1 for no day of the week."""
    return _begun(word, _WEEKDAYS)


def _month(word: str) -> int:
    """January is 1; 0 for no month."""
    return max(_begun(word, _MONTHS[1:]) + 1, 0)


def _begun(word: str, names: Sequence[str]) -> int:
    if len(word) < _SHORTEST:
        return -1
    return next((index for index, name in enumerate(names) if name.startswith(word)), -1)


def _ordinal(word: str) -> int:
    found = _ORDINAL.fullmatch(word) if word.isascii() else None
    return int(found[1]) if found else 0
