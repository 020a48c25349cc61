"""Plays everyone's cadence forward, week by week, into the room the diary has.

On Monday whoever is overdue and may be asked is asked by rank, as many as the week has room for,
and met on its last day with room. The first who does not fit any more ends the week and comes
first in the next: nobody overtakes by wanting less time. Of those asked only a share is met, taken
in turn; the others are left in peace for a while. What the calendars hold already happens by
itself. A week shows how everyone stands on its Sunday.

Of equal rank goes first whoever was asked longer ago, then by id. So where all have one cadence
the turns go round in one order, and more room makes no meeting of anybody later.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from heapq import heapify, heappop, heappush
from itertools import accumulate
from typing import Final, NamedTuple, TypeAlias

from policies.audit.cadence import Status
from policies.foresight.diary import Week
from policies.frozen import frozen
from policies.people.person import PersonId, Priority

_NONE: Final = timedelta()
_NEVER: Final = 1 << 30
_EVEN: Final = 0.5  # where the first turn begins: neither the first nor the last is unlucky
_SHOWN: Final = (Status.RED, Status.AMBER, Status.GREEN, Status.GREY)


@frozen
class Track:
    """One person as the play needs them; days are ordinals (`datetime.date.toordinal`).

    ``weight`` is that of the rank, ``share`` what counts of it while they are still to meet
    (``met`` is false). ``takes`` is the time of one meeting with what stays free around it.
    ``ready`` is the first day they may be asked, 0 for any, ``None`` for no day in sight.
    ``booked`` are the days of contact that the calendars hold already. ``left`` is how often they
    may be met, ``None`` without limit. ``own``: their cadence is not that of their priority.
    """

    id: PersonId
    priority: Priority
    weight: float
    ideal: int
    maximum: int
    since: int
    met: bool
    takes: timedelta
    share: float = 1.0
    ready: int | None = 0
    booked: tuple[int, ...] = ()
    left: int | None = None
    own: bool = False


class Manners(NamedTuple):
    """Nothing within ``cooldown`` of a meeting, nor within ``rest`` of an invitation in vain.

    The rest doubles with every further one in vain, and after ``vain`` in a row nobody is asked
    again. ``share`` is that of invitations which lead to a meeting, more than 0 and at most 1.
    """

    cooldown: timedelta
    rest: timedelta = timedelta(days=21)
    vain: int = 3
    share: float = 1.0


class Played(NamedTuple):
    """One week: whom to ask and the time it wants, whom there was room for, and how all stand.

    ``used`` is the time set aside for ``asked``, of whom ``met`` came.
    """

    week: Week
    due: int
    wanted: timedelta
    asked: tuple[PersonId, ...]
    met: tuple[PersonId, ...]
    used: timedelta
    standing: tuple[int, int, int, int]
    """Red, amber, green and still to meet, on Sunday."""


class Play(NamedTuple):
    """The whole of it; ``first`` is the day of each one's first meeting, booked ones included.

    ``late`` are those who are past their longest gap in the end because there was no room to ask
    them; who was asked in vain and is left in peace is none.
    """

    weeks: tuple[Played, ...]
    first: dict[PersonId, date]
    late: tuple[PersonId, ...]


def play(tracks: Iterable[Track], weeks: Sequence[Week], manners: Manners) -> Play:
    """The same people, in any order, and the same weeks give the same play."""
    stage = _Stage(sorted(tracks, key=lambda each: each.id), weeks, manners)
    played = [stage.week(number) for number in range(len(weeks))]
    counts = stage.counts()
    return Play(
        tuple(each._replace(standing=counts[number]) for number, each in enumerate(played)),
        {stage.tracks[i].id: date.fromordinal(day) for i, day in sorted(stage.first.items())},
        tuple(stage.tracks[i].id for i in sorted(stage.late())),
    )


_Key: TypeAlias = tuple[float, int]
"""A weight and an ideal gap."""


class _Entry(NamedTuple):
    """Who waits: since when, and by turns where that is the same."""

    since: int
    turn: int
    i: int


class _Stage:
    """Everyone's last contact, and who waits for what.

    Who waits to be asked stands in the queue of their weight and ideal gap. Within one the oldest
    contact has the highest rank on any day, so a week looks at the heads of the queues only.
    """

    def __init__(self, tracks: Sequence[Track], weeks: Sequence[Week], manners: Manners) -> None:
        self.tracks, self.weeks = tracks, weeks
        self.cooldown, self.manners = manners.cooldown.days, manners
        self.turn, self.vain = _EVEN, [0] * len(tracks)
        self.start = weeks[0].monday.toordinal() if weeks else 0
        self.since = [each.since for each in tracks]
        self.met = [each.met for each in tracks]
        self.left = [_NEVER if each.left is None else each.left for each in tracks]
        self.booked = [list(reversed(each.booked)) for each in tracks]
        self.first: dict[int, int] = {}
        self.queues: dict[_Key, list[_Entry]] = {}
        self.turns = list(range(len(tracks)))  # in which order they were asked last
        self.asked = len(tracks)
        self.comes: list[list[int]] = [[] for _ in weeks]
        self.meets: list[list[int]] = [[] for _ in weeks]
        self.due, self.wanted = 0, _NONE
        self.changes = [[0] * (len(weeks) + 1) for _ in _SHOWN]
        for i in range(len(tracks)):
            self._wait(i)

    def week(self, number: int) -> Played:
        week = self.weeks[number]
        for i in self.comes[number]:
            self._enqueue(i)
        due, wanted = self.due, self.wanted
        asked, used = self._seat(week)
        for i in self.meets[number]:
            day = self.booked[i].pop()
            self._contact(i, day)
        met = [i for i in asked if self._comes(i, week)]
        ids, came = (tuple(self.tracks[i].id for i in some) for some in (asked, met))
        return Played(week, due, wanted, ids, came, used, (0, 0, 0, 0))

    def late(self) -> Iterable[int]:
        """Everyone in a queue who is past the longest gap on the last Sunday."""
        if not self.weeks:
            return ()
        end = self.weeks[-1].sunday.toordinal()
        waiting = (each.i for queue in self.queues.values() for each in queue)
        return (i for i in waiting if end - self.since[i] > self.tracks[i].maximum)

    def counts(self) -> list[tuple[int, int, int, int]]:
        for i in range(len(self.tracks)):
            self._stood(i, len(self.weeks))
        red, amber, green, grey = (list(accumulate(each)) for each in self.changes)
        return list(zip(red, amber, green, grey, strict=True))

    def _seat(self, week: Week) -> tuple[list[int], timedelta]:
        monday = week.monday.toordinal()
        heads = [self._head(key, monday) for key, queue in self.queues.items() if queue]
        heapify(heads)
        met: list[int] = []
        aside: list[tuple[_Key, _Entry]] = []
        used = _NONE
        while heads and len(met) < week.meetings:
            *_, key = heappop(heads)
            i = self.queues[key][0].i
            takes = self.tracks[i].takes
            if takes <= week.free < used + takes:
                break
            entry = heappop(self.queues[key])
            if takes > week.free:
                aside.append((key, entry))  # no hour of this week is long enough for them
            else:
                met.append(i)
                self.turns[i], self.asked = self.asked, self.asked + 1
                used += takes
            if self.queues[key]:
                heappush(heads, self._head(key, monday))
        for key, entry in aside:
            heappush(self.queues[key], entry)
        self.due -= len(met)
        self.wanted -= used
        return met, used

    def _comes(self, i: int, week: Week) -> bool:
        """Whether an invitation leads to a meeting; a share of them does, evenly spread."""
        self.turn += self.manners.share
        self.left[i] -= 1
        if self.turn >= 1:
            self.turn -= 1
            self.vain[i] = 0
            self._contact(i, week.last.toordinal())
            return True
        self.vain[i] += 1
        if self.left[i] > 0 and self.vain[i] < self.manners.vain:
            rest = self.manners.rest.days * 2 ** (self.vain[i] - 1)
            self._come_on(i, week.monday.toordinal() + rest)
        return False

    def _head(self, key: _Key, monday: int) -> tuple[float, int, _Key]:
        weight, ideal = key
        since, turn, _ = self.queues[key][0]
        return -weight * (monday - since - ideal) / ideal, turn, key

    def _enqueue(self, i: int) -> None:
        one = self.tracks[i]
        key = (one.weight if self.met[i] else one.weight * one.share, one.ideal)
        heappush(self.queues.setdefault(key, []), _Entry(self.since[i], self.turns[i], i))
        self.due += 1
        self.wanted += one.takes

    def _contact(self, i: int, day: int) -> None:
        self._stood(i, self._sunday(day))
        self.since[i], self.met[i] = max(day, self.since[i]), True
        self.first.setdefault(i, day)
        self._wait(i)

    def _wait(self, i: int) -> None:
        """Until the meeting that is booked, else until they are overdue and may be asked."""
        one = self.tracks[i]
        if self.booked[i]:
            at = max((self.booked[i][-1] - self.start) // 7, 0)
            if at < len(self.weeks):
                self.meets[at].append(i)
            return
        if one.ready is None or self.left[i] <= 0:
            return
        rest = self.since[i] + self.cooldown if self.met[i] else 0
        self._come_on(i, max(self.since[i] + one.ideal + 1, rest, one.ready))

    def _come_on(self, i: int, day: int) -> None:
        at = max(-((self.start - day) // 7), 0)
        if at < len(self.weeks):
            self.comes[at].append(i)

    def _sunday(self, day: int) -> int:
        """The first week on whose Sunday it is ``day`` or later."""
        return min(max(-((self.start + 6 - day) // 7), 0), len(self.weeks))

    def _stood(self, i: int, until: int) -> None:
        """Count how someone stood, from their last contact to the week ``until``."""
        one, since = self.tracks[i], self.since[i]
        begin = self._sunday(since)
        ends = [self._sunday(since + gap + 1) for gap in (one.ideal, one.maximum)]
        spans = ((2, begin, ends[0]), (1, ends[0], ends[1]), (0, ends[1], until))
        for status, first, last in spans if self.met[i] else ((3, begin, until),):
            if first < min(last, until):
                self.changes[status][first] += 1
                self.changes[status][min(last, until)] -= 1
