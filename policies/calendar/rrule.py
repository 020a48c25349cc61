"""What a recurrence rule says (RFC 5545, section 3.3.10), read from the text of an RRULE."""

from __future__ import annotations

from datetime import datetime
from enum import IntEnum
from functools import lru_cache
from typing import NamedTuple

from policies.frozen import frozen
from policies.wall import DAY_S, local_seconds

_WEEKDAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
_PARTS_OF_STEPS = {"FREQ", "INTERVAL", "COUNT", "UNTIL", "BYDAY", "WKST", "RSCALE", "SKIP"}
_LONGEST_RULE = 10_000
_MOST_WEEKS = 53


class BadRule(ValueError):
    """A rule that is not expanded; the message says why and holds nothing of the rule's text."""


class Frequency(IntEnum):
    """FREQ, most seldom first."""

    YEARLY = 0
    MONTHLY = 1
    WEEKLY = 2
    DAILY = 3
    HOURLY = 4


class UntilForm(IntEnum):
    """How UNTIL was written: a whole day, a time on the wall, a time in UTC."""

    DAY = 0
    WALL = 1
    UTC = 2


class Until(NamedTuple):
    """The last moment an instance may start, inclusive; a whole day lasts to its last second."""

    form: UntilForm
    second: int


class Days(NamedTuple):
    """The parts of a rule that allow some days of a year and not others.

    ``weekdays`` are (weekday, n) pairs, Monday 0, n 0 for every one; ``n_in_month`` says what
    the n counts in. Negative numbers count from the end, as in the RFC. ``months`` and all
    others allow everything when empty.
    """

    months: tuple[int, ...] = ()
    week_numbers: tuple[int, ...] = ()
    year_days: tuple[int, ...] = ()
    month_days: tuple[int, ...] = ()
    weekdays: tuple[tuple[int, int], ...] = ()
    n_in_month: bool = False
    week_start: int = 0


@frozen
class Rule:
    """One RRULE as it is written; what it leaves to DTSTART is empty."""

    frequency: Frequency
    interval: int
    count: int | None
    until: Until | None
    days: Days
    hours: tuple[int, ...]
    minutes: tuple[int, ...]
    seconds: tuple[int, ...]
    positions: tuple[int, ...]
    steps: tuple[int, ...] | None
    """Of a rule that only steps, daily or weekly: its days in the week, counted from WKST.

    Empty if it steps from DTSTART itself, ``None`` if it does more than step.
    """


@lru_cache(maxsize=4096)
def parse(text: str) -> Rule:
    """The rule in ``text``, the value of an RRULE or EXRULE, as strictly as real exports allow.

    Case, spaces, an empty part and parts of other standards do not matter; a negative COUNT,
    which some exporters write for "no end", is none. RSCALE other than Gregorian (RFC 7529)
    is not expanded, nor is what repeats every minute or second.

    Raises:
        BadRule: it cannot be read, or is not expanded.
    """
    if len(text) > _LONGEST_RULE:
        raise BadRule("the rule is too long")
    parts = _parts(text)
    if parts.get("RSCALE", "GREGORIAN") != "GREGORIAN" or parts.get("SKIP", "OMIT") != "OMIT":
        raise BadRule("the rule follows another calendar than the Gregorian")
    frequency = _frequency(parts.get("FREQ", ""))
    count = _number(parts["COUNT"], "COUNT") if "COUNT" in parts else None
    interval = _number(parts.get("INTERVAL", "1"), "INTERVAL")
    if interval < 1:
        raise BadRule("the rule's INTERVAL is not positive")
    days = _days(parts, frequency)
    return Rule(
        frequency=frequency,
        interval=interval,
        count=None if count is None or count < 0 else count,
        until=_until(parts["UNTIL"]) if "UNTIL" in parts else None,
        days=days,
        hours=_numbers(parts, "BYHOUR", 0, 23),
        minutes=_numbers(parts, "BYMINUTE", 0, 59),
        seconds=_seconds(parts),
        positions=_numbers(parts, "BYSETPOS", -366, 366, zero=False),
        steps=_steps(frequency, interval, days) if parts.keys() <= _PARTS_OF_STEPS else None,
    )


def _steps(frequency: Frequency, interval: int, days: Days) -> tuple[int, ...] | None:
    steps = tuple(sorted((weekday - days.week_start) % 7 for weekday, _ in days.weekdays))
    if frequency is Frequency.WEEKLY:
        return steps
    if frequency is Frequency.DAILY and (interval == 1 or not steps):
        return steps  # every day that is one of these is every week on these
    return None


def _parts(text: str) -> dict[str, str]:
    """NAME to value, upper case; of a part given twice the first."""
    parts: dict[str, str] = {}
    for part in text.upper().removeprefix("RRULE:").split(";"):
        name, equals, value = part.partition("=")
        if value.strip():
            parts.setdefault(name.strip(), value.strip())
        elif part.strip() and not equals:
            raise BadRule("the rule cannot be read")
    return parts


def _frequency(name: str) -> Frequency:
    if name in {"SECONDLY", "MINUTELY"}:
        raise BadRule("the rule repeats every minute or second")
    try:
        return Frequency[name]
    except KeyError:
        raise BadRule("the rule has no FREQ we know") from None


def _number(text: str, name: str) -> int:
    try:
        return int(text)
    except ValueError:
        raise BadRule(f"the rule's {name} is no number") from None


def _numbers(
    parts: dict[str, str], name: str, low: int, high: int, *, zero: bool = True
) -> tuple[int, ...]:
    """The sorted numbers of one list part, each once."""
    if name not in parts:
        return ()
    numbers = sorted({_number(text, name) for text in parts[name].split(",")})
    if numbers[0] < low or numbers[-1] > high or (0 in numbers and not zero):
        raise BadRule(f"the rule's {name} is out of range")
    return tuple(numbers)


def _seconds(parts: dict[str, str]) -> tuple[int, ...]:
    """BYSECOND; 60 is a leap second, which counts as the 59th here (RFC 5545, section 3.3.12)."""
    numbers = _numbers(parts, "BYSECOND", 0, 60)
    return tuple(sorted({min(number, 59) for number in numbers}))


def _days(parts: dict[str, str], frequency: Frequency) -> Days:
    weekdays = tuple(sorted(map(_weekday, parts["BYDAY"].split(",")))) if "BYDAY" in parts else ()
    if frequency > Frequency.MONTHLY:  # the n of 2MO means nothing inside a week
        weekdays = tuple(sorted({(weekday, 0) for weekday, _ in weekdays}))
    months = _numbers(parts, "BYMONTH", 1, 12)
    week_start = parts.get("WKST", "MO")
    if week_start not in _WEEKDAYS:
        raise BadRule("the rule's WKST is no weekday")
    return Days(
        months=months,
        week_numbers=_numbers(parts, "BYWEEKNO", -_MOST_WEEKS, _MOST_WEEKS, zero=False),
        year_days=_numbers(parts, "BYYEARDAY", -366, 366, zero=False),
        month_days=_numbers(parts, "BYMONTHDAY", -31, 31, zero=False),
        weekdays=weekdays,
        n_in_month=frequency is Frequency.MONTHLY or bool(months),
        week_start=_WEEKDAYS.index(week_start),
    )


def _weekday(text: str) -> tuple[int, int]:
    """``-1FR`` as (4, -1), ``MO`` as (0, 0)."""
    text = text.strip()
    if text[-2:] not in _WEEKDAYS:
        raise BadRule("the rule's BYDAY is no weekday")
    n = _number(text[:-2], "BYDAY") if text[:-2] else 0
    if not -_MOST_WEEKS <= n <= _MOST_WEEKS:
        raise BadRule("the rule's BYDAY is out of range")
    return _WEEKDAYS.index(text[-2:]), n


def _until(text: str) -> Until:
    digits = text.removesuffix("Z")
    if not digits.replace("T", "", 1).isdecimal():
        raise BadRule("the rule's UNTIL is no date")
    try:
        moment = datetime.fromisoformat(digits)
    except ValueError:
        raise BadRule("the rule's UNTIL is no date") from None
    if "T" not in digits:
        return Until(UntilForm.DAY, local_seconds(moment) + DAY_S - 1)
    return Until(UntilForm.UTC if text.endswith("Z") else UntilForm.WALL, local_seconds(moment))
