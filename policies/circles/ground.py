"""Common ground: what two people share, from what the owner noted and from what calendars show.

Nothing of the private notes is read here. What may stand in a text to somebody is `tellable`:
facts that are theirs as much as the owner's.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from enum import StrEnum
from typing import Final, NamedTuple

from policies.audit.segments import Segment, segment
from policies.frozen import frozen
from policies.people.identity import folded
from policies.people.person import Person
from policies.rules import Owner
from policies.spoken import long_day

NOTED: Final = "you noted it"
RECENTLY: Final = timedelta(days=180)
GROUP_FROM: Final = 5
"""How many people, the owner included, make a group rather than a talk."""
GROUP_UP_TO: Final = 40
"""Beyond this it is an audience."""
_LONG_AGO: Final = timedelta(days=400)
_TALK_UP_TO: Final = 4
_HABIT: Final = 3
_TWO: Final = 2
_LONGEST: Final = 60


class GroundKind(StrEnum):
    """What sort of thing is shared; a text of `common_ground` may begin with it and a colon."""

    GROUP = "group"
    PROJECT = "project"
    EMPLOYER = "employer"
    SCHOOL = "school"
    TOOL = "tool"
    EVENT = "event"
    OTHER = "other"


_CLAUSES: Final = {
    GroundKind.GROUP: "we are both in {}",
    GroundKind.PROJECT: "we both worked on {}",
    GroundKind.EMPLOYER: "we have both worked at {}",
    GroundKind.SCHOOL: "we both went to {}",
    GroundKind.TOOL: "we both work with {}",
    GroundKind.EVENT: "we were both at {}",
    GroundKind.OTHER: "{}",
}
_KIND: Final = re.compile(rf"({'|'.join(GroundKind)})\s*:\s*(.+)", re.IGNORECASE | re.DOTALL)


class Ground(NamedTuple):
    """One thing shared. ``why`` says how it is known, for the owner's eyes."""

    kind: GroundKind
    what: str
    why: str = ""


class Shared(NamedTuple):
    """Meetings under one title that the owner and somebody else both took part in.

    ``times`` is how many, ``last`` the day of the latest and ``size`` how many people were in
    that one. ``next`` is a day ahead, ``None`` for none. ``private``: the calendar says so.
    """

    title: str
    times: int
    last: date
    size: int
    next: date | None = None
    private: bool = False


@frozen
class Tellable:
    """What of it an invitation may say: titles that stand in the guest's own calendar, too.

    ``meeting`` goes on, ``quiet`` was a regular meeting and is none any more, and ``event`` was
    once. Each is empty where there is none. ``lapsed``: the two had regular one-to-ones.
    """

    ground: tuple[str, ...] = ()
    meeting: str = ""
    quiet: str = ""
    event: str = ""
    lapsed: bool = False


class Ties(NamedTuple):
    """What a proposal makes of it: what its text may say, and reasons for the owner."""

    tellable: Tellable = Tellable()
    reasons: tuple[str, ...] = ()


NO_TIES: Final = Ties()


def parsed(text: str) -> tuple[GroundKind, str]:
    """``school: KTH`` as its kind and the thing; without a kind it is another thing."""
    found = _KIND.fullmatch(text.strip())
    return (GroundKind(found[1].casefold()), found[2].strip()) if found else (_OTHER, text.strip())


_OTHER: Final = GroundKind.OTHER


def clause(text: str) -> str:
    """As it can be put to them: `we both went to KTH`; without a kind the text as it is."""
    kind, what = parsed(text)
    return _CLAUSES[kind].format(what)


def noted(person: Person, background: Iterable[str]) -> tuple[Ground, ...]:
    """What the owner wrote down as shared, and what of their own background the person has, too.

    A background such as ``school: KTH`` is shared by whoever has *KTH* among their groups, as
    their organisation, or in their common ground.
    """
    found = [Ground(*parsed(each), NOTED) for each in person.common_ground]
    theirs = {folded(each): each for each in (*person.groups, person.organisation) if each}
    for text in background:
        kind, what = parsed(text)
        if folded(what) in theirs:
            found.append(Ground(kind, what, "yours, and theirs by your list"))
    return _once(found)


def common_ground(person: Person, owner: Owner, meetings: Sequence[Shared]) -> tuple[Ground, ...]:
    """Everything shared, what the owner noted first, then the house, then what calendars show."""
    found = [*noted(person, owner.background)]
    if segment(person, owner) is Segment.INTERNAL:
        house = owner.organisation or person.organisation or "the same organisation"
        found.append(Ground(GroundKind.EMPLOYER, house, "yours, and theirs"))
    for each in sorted(meetings, key=lambda one: (-one.times, one.title)):
        if _is_regular(each):
            times = f"together {each.times} times, last on {long_day(each.last)}"
            found.append(Ground(GroundKind.GROUP, each.title, times))
        elif _is_event(each):
            found.append(Ground(GroundKind.EVENT, each.title, f"both on {long_day(each.last)}"))
    return _once(found)


def tellable(
    person: Person,
    owner: Owner,
    meetings: Sequence[Shared],
    today: date,
    *,
    last: date | None = None,
    lapsed: bool = False,
) -> Tellable:
    """What an invitation to ``person`` may say of it all; see `Tellable`.

    ``last`` is the day of the last contact: an event before it is no occasion missed.
    """
    open_ = [each for each in meetings if not each.private and 0 < len(each.title) <= _LONGEST]
    newest = sorted(open_, key=lambda one: (-one.last.toordinal(), -one.times, one.title))
    groups = [each for each in newest if _is_regular(each) and each.size > _TALK_UP_TO]
    return Tellable(
        ground=tuple(_noted_as(each) for each in noted(person, owner.background)),
        meeting=_first(each for each in groups if _goes_on(each, today)),
        quiet=_first(
            each for each in groups if not _goes_on(each, today) and today - each.last <= _LONG_AGO
        ),
        event=_first(each for each in newest if _was_missed(each, last, today)),
        lapsed=lapsed,
    )


def _noted_as(ground: Ground) -> str:
    return ground.what if ground.kind is _OTHER else f"{ground.kind}: {ground.what}"


def _first(found: Iterable[Shared]) -> str:
    return next((each.title for each in found), "")


def _was_missed(shared: Shared, last: date | None, today: date) -> bool:
    """Whether it is an event of late at which the two did not get to talk."""
    untold = last is None or last < shared.last
    return _is_event(shared) and untold and today - shared.last <= RECENTLY


def _goes_on(shared: Shared, today: date) -> bool:
    return shared.next is not None or today - shared.last <= RECENTLY / 2


def _is_regular(shared: Shared) -> bool:
    """Three times under one title, with a third person, and no audience: a project, a committee."""
    return shared.times >= _HABIT and _TWO < shared.size <= GROUP_UP_TO


def _is_event(shared: Shared) -> bool:
    return shared.times < _HABIT and shared.size > 2 * _TALK_UP_TO


def _once(found: Iterable[Ground]) -> tuple[Ground, ...]:
    """The first of those that name the same thing."""
    kept: dict[str, Ground] = {}
    for each in found:
        kept.setdefault(folded(each.what), each)
    return tuple(kept.values())
