"""The one person the owner has named to build a relationship with, and by when.

Somebody the owner chose may be told of it each month: in numbers, with the commitment, and with
nobody else's name. It is a letter like any other: nothing of it leaves without a yes.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import NamedTuple, NewType

from policies.audit.cadence import Standing, Status
from policies.frozen import frozen
from policies.people.identity import name_from
from policies.people.naming import called
from policies.people.person import PersonId
from policies.spoken import day_said, long_day
from policies.text import one_line

CommitmentNumber = NewType("CommitmentNumber", int)

_LONGEST_NAME = 80
_TITLE = "My relationships in %B %Y"
_DAY = timedelta(days=1)


class CommitmentState(StrEnum):
    """What became of it."""

    STANDING = "standing"
    KEPT = "kept"
    GIVEN_UP = "given up"


@frozen
class Commitment:
    """``until`` is its last day. ``tell`` is the address of who is told, empty for nobody.

    ``answered`` is the last month of which no letter is owed any more, as its first day: it was
    skipped, or sent and its report forgotten.
    """

    number: CommitmentNumber
    person: PersonId
    made: date
    until: date
    tell: str = ""
    state: CommitmentState = CommitmentState.STANDING
    ended: date | None = None
    answered: date | None = None


class Meetings(NamedTuple):
    """With the person of the commitment, since it was made: how often, the last, and the next."""

    times: int = 0
    last: date | None = None
    next: date | None = None


class Numbers(NamedTuple):
    """What happened in a month; nobody who is sensitive is counted.

    ``before`` and ``after`` are how many stood how as it began and as it ended.
    """

    before: dict[Status, int]
    after: dict[Status, int]
    met: int
    sent: int
    accepted: int
    kept: int
    lost: int


def month_before(today: date) -> date:
    """The first day of the month before this one."""
    return (today.replace(day=1) - _DAY).replace(day=1)


def month_after(month: date) -> date:
    """The first day of the month after that of ``month``."""
    return (month.replace(day=1) + 31 * _DAY).replace(day=1)


def letter_due(one: Commitment, today: date) -> date | None:
    """The month to tell of, as its first day: the last whole one, unless that was answered.

    The month in which it was made is the first, the one in which its time ran out the last.
    """
    month = month_before(today)
    if one.state is not CommitmentState.STANDING or not one.tell:
        return None
    if not one.made.replace(day=1) <= month <= one.until:
        return None
    return None if one.answered is not None and one.answered >= month else month


def commitment_said(one: Commitment, standing: Standing, name: str, today: date) -> str:
    """`Raj Patel, by Sun 31 Jan: red, last contact Tue 3 Nov`, ``name`` as it is to be shown.

    No count of days is in it, which would change by itself.
    """
    if standing.last is None:
        stands = "still to meet"
    else:
        stands = f"{standing.status}, last contact {day_said(standing.last, today)}"
    booked = f", next {day_said(standing.next, today)}" if standing.next else ""
    over = ", which is over" if one.until < today else ""
    return f"{name}, by {day_said(one.until, today)}{over}: {stands}{booked}"


def letter_title(month: date) -> str:
    """By it a letter is known again among those that were sent."""
    return month.strftime(_TITLE)


def letter_month(title: str) -> date | None:
    """The month of a letter with this title, as its first day; `None` for any other report."""
    try:
        return datetime.strptime(title, _TITLE).date()  # noqa: DTZ007 - a month has no zone
    except ValueError:
        return None


def letter_text(
    one: Commitment,
    month: date,
    numbers: Numbers,
    meetings: Meetings,
    *,
    person: str,
    recipient: str,
    sender: str,
) -> str:
    """The whole letter. ``person`` is the name of who is meant, empty where it must not be told."""
    who = called(recipient)
    blocks = (
        f"Hello {who}," if who else "Hello,",
        f"This is how I kept up with people in {month:%B %Y}.",
        _promise(one, meetings, _plain(person)) if person else "",
        "\n".join(_lines(month, numbers)),
        called(sender) or sender,
    )
    return "\n\n".join(filter(None, blocks))


def _promise(one: Commitment, meetings: Meetings, name: str) -> str:
    meant = f"On {long_day(one.made)} I committed to build a relationship with {name}"
    few = ("not met yet", "met once", "met twice")
    count = few[meetings.times] if meetings.times < len(few) else f"met {meetings.times} times"
    last = f", last on {long_day(meetings.last)}" if meetings.last else ""
    next_ = f"The next meeting is on {long_day(meetings.next)}." if meetings.next else ""
    return f"{meant} by {long_day(one.until)}: {count} since then{last}. {next_}".strip()


def _lines(month: date, numbers: Numbers) -> Iterator[str]:
    end = month_after(month)
    before, after = _counts(numbers.before), _counts(numbers.after)
    yield f"- People: {after} on {long_day(end)}; a month before {before}"
    yield f"- People met: {numbers.met}"
    yield f"- Invitations sent: {numbers.sent}, of which accepted so far: {numbers.accepted}"
    yield f"- Planning slots: {numbers.kept} kept, {numbers.lost} lost"


def _counts(found: dict[Status, int]) -> str:
    told = (
        f"{count} {'still to meet' if status is Status.GREY else status.value}"
        for status, count in found.items()
        if count
    )
    return ", ".join(told) or "nobody"


def _plain(name: str) -> str:
    known = name_from(name) if "@" in name else name
    return " ".join(one_line(known).split())[:_LONGEST_NAME]
