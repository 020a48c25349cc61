"""Who gets which time: everyone to be proposed now is given a slot together, not one by one.

Without overlaps between neighbouring slots this is a network flow, for the limits nest: times
that all exclude each other lie in one block, blocks in a day, days in a week. The flow is solved
exactly; where two of its meetings overlap across blocks, or a week has more lunches than it may,
the search branches on those. The first answer that keeps every rule is the best there is, since
every branch is bounded by the flow it started from; a search that is cut short still knows how
much better any answer could be.
"""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime, timedelta
from heapq import heappop, heappush
from itertools import count, pairwise
from operator import attrgetter, itemgetter
from typing import NamedTuple, TypeAlias

from policies.interval import Interval
from policies.people.person import Format, PersonId
from policies.proposal import Slot
from policies.slots.caps import Caps, Week, week_of
from policies.wall import local_date, seconds

_Shape: TypeAlias = tuple[datetime, datetime, timedelta, str]
_POINTS = 1_000_000  # scores are compared to six decimals
_SINK = 0
_LOSS = itemgetter(0)  # of equal ones, who was there first stays first
_WORTH = attrgetter("worth")


class Candidates(NamedTuple):
    """One person, how much they matter now (above 0), and the times that suit.

    ``slots`` start at different times and are all of one ``format``; ``gap`` is to be left free
    before and after each of them, so between two meetings the larger of both gaps.
    """

    person: PersonId
    weight: float
    slots: tuple[Slot, ...]
    gap: timedelta = timedelta()
    format: Format | None = None


class Assignment(NamedTuple):
    """Who was placed where, by person, and who was not.

    ``total`` is the sum of weight times score, and no answer has more than ``bound``. They
    differ only when the search was ended by its limit: the answer then keeps every rule, but a
    better one may exist.
    """

    placed: Mapping[PersonId, Slot]
    left: tuple[PersonId, ...]
    total: float
    bound: float

    @property
    def proven(self) -> bool:
        """Whether nothing better exists."""
        return self.total >= self.bound


def assign(wanted: Sequence[Candidates], caps: Caps, *, limit: int = 100) -> Assignment:
    """The placing with the highest sum of weight times score that keeps every cap and gap.

    Of equal sums the one with earlier starts for the people whose ids sort first. ``limit``
    bounds how many flows are solved.
    """
    options, scale = _options(wanted, caps)
    best: list[_Option] = []
    root = _flow(options, caps)
    queue = [(-_total(root), 0, options, root)]
    serial = count(1)
    for _ in range(limit):
        if not queue or -queue[0][0] <= _total(best):
            break
        _, _, options, found = heappop(queue)
        best = max(best, _allowed(found, caps), key=_total)
        for rest in _branches(options, found, caps):
            flow = _flow(rest, caps)
            heappush(queue, (-_total(flow), next(serial), rest, flow))
    bound = max(_total(best), -queue[0][0] if queue else 0)
    placed = {each.person: each.slot for each in sorted(best, key=lambda o: o.person)}
    left = tuple(sorted(each.person for each in wanted if each.person not in placed))
    return Assignment(placed, left, _points(_total(best), scale), _points(bound, scale))


# ---------------------------------------------------------------- the options and their bounds


class _Option(NamedTuple):
    """One slot for one person; ``worth`` is an integer that also settles ties.

    What has one ``time`` starts, ends and keeps clear alike. ``format`` is only said where it has
    a limit of its own.
    """

    person: PersonId
    slot: Slot
    worth: int
    time: int
    block: int
    day: date
    gap: timedelta
    format: Format | None

    @property
    def overlap(self) -> tuple[Interval, timedelta]:
        """What decides which others are too close."""
        return self.slot.when, self.gap


def _options(wanted: Sequence[Candidates], caps: Caps) -> tuple[tuple[_Option, ...], int]:
    """Every slot worth considering, and how much one millionth of a point is worth.

    Of one shape, only the best people can be in an answer: with at most K meetings in all,
    someone among the K best for a shape is always free to take it instead of a worse one. What
    settles ties adds up to less than a millionth.
    """
    people = sorted(wanted, key=lambda each: each.person)
    starts = sorted({slot.when.start for each in people for slot in each.slots})
    days = {start: local_date(start, caps.zone) for start in starts}
    open_days = {
        format_: {day for day in set(days.values()) if caps.room_on(day, format_)}
        for format_ in (None, *caps.formats)
    }
    ties = {
        format_: {start: index for index, start in enumerate(starts) if days[start] in open_}
        for format_, open_ in open_days.items()
    }
    scale = len(people) ** 2 * (len(starts) + 1) + 1
    shapes: defaultdict[_Shape, list[tuple[int, int, Slot]]] = defaultdict(list)
    for place, each in enumerate(people):
        format_ = each.format if each.format in caps.formats else None
        tie, weight, after = ties[format_], each.weight * _POINTS, len(people) - place
        for slot in each.slots:
            when = slot.when
            if when.start in tie:
                worth = max(round(weight * slot.score), 1) * scale - tie[when.start] * after
                shape = (when.start, when.end, each.gap, format_ or "")
                shapes[shape].append((-worth, place, slot))
    weeks = set(map(week_of, open_days[None]))
    most = min(caps.people, sum(caps.per_week - caps.weeks.get(week, 0) for week in weeks))
    block = _blocks(starts, shapes)
    times = {shape[:3]: time for time, shape in enumerate(shapes)}
    chosen = [
        _Option(
            people[place].person,
            slot,
            -loss,
            times[start, end, gap],
            block[start],
            days[start],
            gap,
            people[place].format if limited else None,
        )
        for (start, end, gap, limited), offers in sorted(shapes.items(), key=itemgetter(0))
        for loss, place, slot in sorted(offers, key=_LOSS)[:most]
    ]
    return tuple(chosen), scale


def _blocks(starts: Sequence[datetime], shapes: Iterable[_Shape]) -> Mapping[datetime, int]:
    """The starts cut into runs so short that any two meetings in one run overlap."""
    width = min((end - start + gap for start, end, gap, _ in shapes), default=timedelta())
    block: dict[datetime, int] = {}
    first = None
    for start in starts:
        if first is None or start - first >= width:
            first = start
        block[start] = seconds(first)
    return block


def _points(worth: int, scale: int) -> float:
    """The sum of weight times score behind a worth, without what settles ties."""
    return -(-worth // scale) / _POINTS


def _total(chosen: Iterable[_Option]) -> int:
    return sum(each.worth for each in chosen)


def too_close(one: Interval, its_gap: timedelta, other: Interval, other_gap: timedelta) -> bool:
    """Whether less than the larger of both gaps lies between two meetings."""
    gap = max(its_gap, other_gap)
    return one.start < other.end + gap and other.start < one.end + gap


def _branches(
    options: Sequence[_Option], found: Sequence[_Option], caps: Caps
) -> Iterator[tuple[_Option, ...]]:
    """Cases without a rule that ``found`` breaks, one of which the best answer lies in; else none.

    Of two meetings that are too close: nobody takes the first slot, or nobody one too close to it.
    Where a week has one of a format too many: one of those people does not meet so in that week.
    """
    clash = _clash(found)
    if clash:
        others = {each.time: each for each in options if each.time != clash.time}
        near = {time for time, each in others.items() if too_close(*clash.overlap, *each.overlap)}
        yield tuple([each for each in options if each.time != clash.time])
        yield tuple([each for each in options if each.time not in near])
        return
    for one in _too_many(found, caps):
        week = week_of(one.day)
        yield tuple(
            each for each in options if each.person != one.person or week_of(each.day) != week
        )


def _clash(chosen: Sequence[_Option]) -> _Option | None:
    """The first of them, by start, that is too close to the next.

    ``chosen`` is sorted by start, so neighbours are enough: who keeps clear of the next meeting
    keeps clear of all after it.
    """
    pairs = pairwise(chosen)
    return next((one for one, other in pairs if too_close(*one.overlap, *other.overlap)), None)


def _too_many(chosen: Sequence[_Option], caps: Caps) -> Sequence[_Option]:
    """Meetings of one format in one week, one more than there may be."""
    met: dict[tuple[Format, Week], list[_Option]] = {}
    for each in chosen:
        if each.format:
            key = each.format, week_of(each.day)
            met.setdefault(key, []).append(each)
            if len(met[key]) > caps.room_for(*key):
                return met[key]
    return ()


def _allowed(chosen: Sequence[_Option], caps: Caps) -> list[_Option]:
    """The weightiest of them that keep every rule: an answer, if not the best."""
    kept: list[_Option] = []
    for each in sorted(chosen, key=lambda o: (-o.worth, o.person)):
        clear = not any(too_close(*each.overlap, *other.overlap) for other in kept)
        if clear and not _too_many([*kept, each], caps):
            kept.append(each)
    return kept


# ---------------------------------------------------------------- the flow


class _Network:
    """Blocks lie in days, days in weeks, weeks lead to the sink; who is placed may be moved.

    Arcs stand in pairs: arc ``a`` and its way back ``a ^ 1``, with opposite gain. A person gets
    arcs when they are placed. Of those who are not, only the worthiest matters to each block,
    so that a step looks at a tenth of all options.
    """

    def __init__(self, options: Iterable[_Option], caps: Caps) -> None:
        self.leaving: list[list[int]] = [[]]
        self.head: list[int] = []
        self.room: list[int] = []
        self.gain: list[int] = []
        self.option: dict[int, _Option] = {}
        self.placed: set[PersonId] = set()
        self.theirs: defaultdict[PersonId, list[_Option]] = defaultdict(list)
        self.waiting: dict[int, list[_Option]] = {}
        self.node: dict[object, int] = {}
        for offers in _best(options):
            offers.sort(key=_WORTH)
            self.waiting[self._block(offers[0], caps)] = offers
            for each in offers:
                self.theirs[each.person].append(each)

    def _block(self, each: _Option, caps: Caps) -> int:
        week = week_of(each.day)
        if week not in self.node:
            self._arc(self._node(week), _SINK, caps.per_week - caps.weeks.get(week, 0))
        if each.day not in self.node:
            room = caps.per_day - caps.days.get(each.day, 0)
            self._arc(self._node(each.day), self.node[week], room)
        self._arc(self._node(each.block), self.node[each.day], 1)
        return self.node[each.block]

    def _node(self, name: object) -> int:
        self.leaving.append([])
        self.node[name] = len(self.leaving) - 1
        return self.node[name]

    def _arc(self, tail: int, head: int, room: int, gain: int = 0) -> int:
        for start, end, free, worth in ((tail, head, room, gain), (head, tail, 0, -gain)):
            self.leaving[start].append(len(self.head))
            self.head.append(end)
            self.room.append(free)
            self.gain.append(worth)
        return len(self.head) - 2

    def push(self) -> bool:
        """Place one person more along the way of most gain; false when no way gains anything.

        Label correction with a queue (Bellman and Ford): there are arcs of either sign, but
        never a round trip that gains, since every unit so far took the best way.
        """
        entry = {block: offers[-1] for block, offers in self._unplaced()}
        best = {block: option.worth for block, option in entry.items()}
        came: dict[int, int] = {}
        waiting, queued = deque(best), set(best)
        while waiting:
            node = waiting.popleft()
            queued.discard(node)
            for arc in self.leaving[node]:
                if not self.room[arc]:
                    continue
                head, worth = self.head[arc], best[node] + self.gain[arc]
                if head not in best or worth > best[head]:
                    best[head], came[head] = worth, arc
                    if head not in queued:
                        queued.add(head)
                        waiting.append(head)
        if best.get(_SINK, 0) <= 0:
            return False
        node = _SINK
        while node in came:
            self.room[came[node]] -= 1
            self.room[came[node] ^ 1] += 1
            node = self.head[came[node] ^ 1]
        self._place(entry[node])
        return True

    def _unplaced(self) -> Iterator[tuple[int, list[_Option]]]:
        for block, offers in self.waiting.items():
            while offers and offers[-1].person in self.placed:
                offers.pop()
            if offers:
                yield block, offers

    def _place(self, option: _Option) -> None:
        self.placed.add(option.person)
        node = self._node(option.person)
        for each in self.theirs[option.person]:
            arc = self._arc(node, self.node[each.block], 1, each.worth)
            self.option[arc] = each
            if each is option:
                self.room[arc], self.room[arc ^ 1] = 0, 1


def _best(options: Iterable[_Option]) -> Iterator[list[_Option]]:
    """Of each block the options that can matter to it: the best one of each person."""
    blocks: defaultdict[int, dict[PersonId, _Option]] = defaultdict(dict)
    for each in options:
        known = blocks[each.block].setdefault(each.person, each)
        if each.worth > known.worth:
            blocks[each.block][each.person] = each
    return (list(offers.values()) for offers in blocks.values())


def _flow(options: Sequence[_Option], caps: Caps) -> list[_Option]:
    """The placing of most worth that keeps every cap, though meetings may overlap, by start."""
    net = _Network(options, caps)
    for _ in range(caps.people):
        if not net.push():
            break
    return sorted(
        (each for arc, each in net.option.items() if not net.room[arc]),
        key=lambda each: (each.slot.when.start, each.person),
    )
