"""Series that stopped: one-to-ones that ended or thinned out, and groups gone quiet.

Nothing is said of a silence shorter than twice a series' own rhythm, nor of one under three weeks:
people go on holiday. Rhythms are whole days, and weeks where they are longer.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from enum import StrEnum
from itertools import pairwise
from typing import Final, NamedTuple

from policies.audit.cadence import Standing
from policies.frozen import frozen
from policies.people.person import PersonId
from policies.spoken import long_day
from policies.wall import local_day

_DAY_S: Final = 86_400
_WEEK: Final = 7
_SILENCE_DAYS: Final = 21
_A_HABIT: Final = 4  # instances held
_A_GROUP_S_HABIT: Final = 3
_LATELY, _BEFORE = 6, 12  # rhythms looked at
_SAME_MEMBERS: Final = 2 / 3


class Series(NamedTuple):
    """A recurring meeting with one other person. Starts are absolute seconds, oldest first.

    ``planned`` are past instances, cancelled and declined ones among them; ``held`` those that
    took place. ``next_s`` is the next that is still to take place, ``None`` for none. ``deleted``:
    with all its past, so that it proves no contact any more.
    """

    uid: str
    title: str
    planned: tuple[int, ...]
    held: tuple[int, ...]
    next_s: int | None
    deleted: bool = False


class Gathering(NamedTuple):
    """A recurring meeting of a group: how often it took place, first and last, and what is next.

    ``members`` are the addresses of everyone else who was in it at last. ``private``: its calendar
    says so.
    """

    uid: str
    title: str
    members: frozenset[str]
    held: int
    first_s: int
    last_s: int
    next_s: int | None
    private: bool = False

    @property
    def rhythm_days(self) -> int:
        return max((self.last_s - self.first_s) // max(self.held - 1, 1) // _DAY_S, 1)


class Ending(StrEnum):
    """What became of a regular one-to-one."""

    ENDED = "ended"
    THINNED = "thinned"


@frozen
class Lapse:
    """A regular one-to-one that is no more what it was.

    ``last`` is the day of the last one held. Lately ``held`` took place of the ``of`` that its
    rhythm had room for; of one that ended both are 0.
    """

    standing: Standing
    ending: Ending
    title: str
    every_days: int
    last: date
    held: int = 0
    of: int = 0

    @property
    def sentence(self) -> str:
        every = rhythm_said(self.every_days)
        if self.ending is Ending.ENDED:
            return f"You had a one-to-one {every} until {long_day(self.last)}; none is planned."
        return f"Your one-to-one {every} has thinned out: {self.held} of the last {self.of} held."


@frozen
class Quiet:
    """A group that has not met for longer than twice its own rhythm, and has no date ahead.

    ``worth`` are those of its members worth a coffee of their own: not met since, best first.
    ``size`` counts everybody, the owner included; ``addresses`` are all but the owner's.
    """

    uid: str
    title: str
    every_days: int
    last: date
    size: int
    worth: tuple[Standing, ...]
    addresses: tuple[str, ...] = ()
    private: bool = False

    @property
    def sentence(self) -> str:
        every = rhythm_said(self.every_days)
        return f"{self.size} people, about {every}, last on {long_day(self.last)}."


def lapse(series: Sequence[Series], standing: Standing, now_s: int, zone: str) -> Lapse | None:
    """Whether the regular one-to-ones with one person, taken together, ended or thinned out.

    A series that another one took over has not ended; and who is met alone some other way has
    not been lost.
    """
    running = [each for each in series if each.next_s is not None]
    habit = max(running or series, key=lambda each: (len(each.held), each.uid), default=None)
    if habit is None or len(habit.held) < _A_HABIT:
        return None
    every = _rhythm_days(habit.planned)
    last = local_day(max(each.held[-1] for each in series if each.held), zone)
    met = standing.last or (last if habit.deleted else None)
    if met is None or (standing.today - met).days <= max(2 * every, _SILENCE_DAYS):
        return None
    if not running:
        return Lapse(standing, Ending.ENDED, habit.title, every, last)
    held, of, share_before = _lately(series, every, now_s)
    if not share_before or 2 * held > of * share_before:
        return None
    return Lapse(standing, Ending.THINNED, habit.title, every, last, held, of)


def restarts(lapses: Iterable[Lapse]) -> tuple[Lapse, ...]:
    """Senior people first, then by priority, then the most recent, where it is easiest."""
    return tuple(
        sorted(
            lapses,
            key=lambda each: (
                not each.standing.person.is_senior,
                each.standing.person.priority,
                -each.last.toordinal(),
                each.standing.person.id,
            ),
        )
    )


def quiet_groups(
    groups: Sequence[Gathering],
    standings: Mapping[PersonId, Standing],
    whose: Mapping[str, PersonId],
    now_s: int,
    zone: str,
) -> tuple[Quiet, ...]:
    """Groups gone quiet, the last to fall silent first; ``whose`` says whose an address is.

    One that goes on under the same title, or with most of the same members, is not quiet. One
    of whom everybody on the list was met since is left out: nobody was lost with it.
    """
    awake = [each for each in groups if not _is_silent(each, now_s)]
    found: dict[str, Quiet] = {}
    for each in sorted(groups, key=lambda one: (-one.last_s, one.uid)):
        if each.held < _A_GROUP_S_HABIT or not _is_silent(each, now_s):
            continue
        if any(_goes_on(each, other) for other in awake):
            continue
        quiet = _quiet(each, standings, whose, zone)
        known = any(address in whose for address in each.members)
        if quiet.worth or not known:
            found.setdefault(_plain(each.title) or each.uid, quiet)
    return tuple(found.values())


def rhythm_said(days: int) -> str:
    """`every week`, `every 4 weeks`, `every 3 days`."""
    count, unit = (round(days / _WEEK), "week") if days >= _WEEK else (days, "day")
    return f"every {unit}" if count == 1 else f"every {count} {unit}s"


def _rhythm_days(planned: Sequence[int]) -> int:
    """The middle one of the gaps between instances, of two the shorter."""
    gaps = sorted(round((later - one) / _DAY_S) for one, later in pairwise(planned))
    return max(gaps[(len(gaps) - 1) // 2], 1)


def _lately(series: Sequence[Series], every: int, now_s: int) -> tuple[int, int, float]:
    """Held in the latest rhythms, how many those are, and the share held in those before."""
    held = [start for each in series for start in each.held]
    lately_s = now_s - _LATELY * every * _DAY_S
    before_s = max(
        lately_s - _BEFORE * every * _DAY_S, min(each.planned[0] for each in series if each.planned)
    )
    room = (lately_s - before_s) / (every * _DAY_S)
    earlier = sum(before_s <= start < lately_s for start in held)
    return (
        sum(start >= lately_s for start in held),
        _LATELY,
        min(earlier / room, 1.0) if room >= _A_HABIT else 0.0,
    )


def _is_silent(group: Gathering, now_s: int) -> bool:
    silence_s = max(2 * group.rhythm_days, _SILENCE_DAYS) * _DAY_S
    return group.next_s is None and now_s - group.last_s > silence_s


def _goes_on(quiet: Gathering, other: Gathering) -> bool:
    shared = len(quiet.members & other.members)
    return _plain(quiet.title) == _plain(other.title) or (
        shared >= _SAME_MEMBERS * len(quiet.members | other.members)
    )


def _quiet(
    group: Gathering,
    standings: Mapping[PersonId, Standing],
    whose: Mapping[str, PersonId],
    zone: str,
) -> Quiet:
    last = local_day(group.last_s, zone)
    people = {whose[address] for address in group.members if address in whose}
    missed = [
        one
        for one in map(standings.__getitem__, people & standings.keys())
        if one.last is None or one.last <= last
    ]
    worth = sorted(missed, key=lambda one: (one.person.priority, -one.rank, one.person.id))
    size = len(group.members) + 1
    return Quiet(
        group.uid,
        group.title,
        group.rhythm_days,
        last,
        size,
        tuple(worth),
        tuple(sorted(group.members)),
        group.private,
    )


def _plain(title: str) -> str:
    return " ".join(title.casefold().split())
