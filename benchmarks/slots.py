"""Free slots: the owner with each of 5,000 people, and one group of 100, beside three peers.

Eight weeks, a 15-minute grid, 45 minutes, 15 minutes free around meetings, working hours in each
one's zone; every start is listed, and the list of one is let go before that of the next. Seeded,
and all must give the same starts, or there are no figures. CPU seconds, the methods in turns.

- fika, masks kept: each person's mask is there from before, as after any run that changed nothing;
- fika, masks built: the mask of each person is made from their meetings first;
- fika, one changed: one meeting of each person changes and their mask is brought up to date;
- merging: sorted intervals on integers, pair by pair; the same with the owner's part done first;
- nested loop: every start of the grid against every meeting, on aware datetimes, 300 people only;
- numpy: the group of 100 as booleans, from the same values as fika's masks, import not counted.

    python benchmarks/slots.py [--people N] [--rounds N]
"""

from __future__ import annotations

import argparse
import random
import statistics
import sys
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from functools import reduce
from pathlib import Path
from typing import NamedTuple
from zoneinfo import ZoneInfo

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "benchmarks")]

from processes import keep  # noqa: E402 - the path comes first

from policies.interval import Interval, common  # noqa: E402
from policies.rules import OFFICE_HOURS  # noqa: E402
from policies.slots.availability import starts, within  # noqa: E402
from policies.slots.lifting import Times  # noqa: E402
from policies.wall import moment, seconds  # noqa: E402

OWN_ZONE = "Europe/Berlin"
ZONES = (OWN_ZONE,) * 5 + ("Europe/London", "America/New_York", "Asia/Kolkata", "Asia/Tokyo")
NOW = datetime(2026, 3, 2, tzinfo=ZoneInfo(OWN_ZONE))  # both changes to summer time lie ahead
WINDOW = Interval(NOW, NOW + timedelta(weeks=8))
FIRST_S, LAST_S = seconds(WINDOW.start), seconds(WINDOW.end)
LENGTH, GRID, BUFFER = timedelta(minutes=45), timedelta(minutes=15), timedelta(minutes=15)
LENGTH_S, GRID_S, BUFFER_S = (int(each.total_seconds()) for each in (LENGTH, GRID, BUFFER))
MEETINGS = 120
LOOPED = 300
GROUP = 100
Span = tuple[int, int]
SAME = {
    "masks kept": ("masks built", "one changed", "merging", "merging, owner first"),
    "masks kept, few": ("nested loop, few",),
    "group, masks": ("group, numpy",),
}
GOALS = {"merging": 10.0, "nested loop": 1000.0, "numpy": 1.0}


class Person(NamedTuple):
    """A zone, and meetings with the buffer around them, by start: in seconds, and as values."""

    zone: str
    busy: tuple[Span, ...]
    when: tuple[Interval, ...]


def person(chance: random.Random, zone: str) -> Person:
    busy = sorted(meeting(chance, zone) for _ in range(MEETINGS))
    when = (Interval(moment(start), moment(end)) for start, end in busy)
    return Person(zone, tuple(busy), tuple(when))


def meeting(chance: random.Random, zone: str) -> Span:
    day = NOW.date() + timedelta(days=chance.randrange(56))
    hour, quarter = chance.randrange(8, 18), 15 * chance.randrange(4)
    start = datetime(day.year, day.month, day.day, hour, quarter, tzinfo=ZoneInfo(zone))
    start_s = int(start.timestamp())
    length_s = chance.choice((1_800, 3_600, 3_600, 5_400))
    return start_s - BUFFER_S, start_s + length_s + BUFFER_S


def hours(zone: str) -> tuple[Interval, ...]:
    return within(OFFICE_HOURS, zone, WINDOW)


# ---------------------------------------------------------------- fika


class Fika:
    """For each zone masks over the starts in the hours of both, which no event changes."""

    def __init__(self, owner: Person, people: Sequence[Person]) -> None:
        shared = {zone: common(hours(owner.zone), hours(zone)) for zone in {*ZONES}}
        self.times = {
            zone: Times(starts(spans, LENGTH, GRID, OWN_ZONE)) for zone, spans in shared.items()
        }
        self.own = {
            zone: times.whole & ~times.meeting(owner.when) for zone, times in self.times.items()
        }
        self.people = people
        self.kept = [self.mask(each) for each in people]

    def mask(self, each: Person) -> int:
        return self.times[each.zone].meeting(each.when)

    def with_kept(self) -> Iterator[list[Interval]]:
        return (
            self.times[each.zone].of(self.own[each.zone] & ~mask)
            for each, mask in zip(self.people, self.kept, strict=True)
        )

    def with_built(self) -> Iterator[list[Interval]]:
        self.kept = [self.mask(each) for each in self.people]
        return self.with_kept()

    def with_one_changed(self) -> Iterator[list[Interval]]:
        """The day of the meeting that changed is made anew, the rest of the mask stays."""
        kept = []
        for each, mask in zip(self.people, self.kept, strict=True):
            around = each.when[MEETINGS // 2]
            near = around.widened(LENGTH, LENGTH)
            beside = [one for one in each.when if one.overlaps(near)]
            times = self.times[each.zone]
            kept.append(mask & ~times.meeting([around]) | times.meeting(beside))
        self.kept = kept
        return self.with_kept()


# ---------------------------------------------------------------- the peers


def by_merging(owner: Person, people: Sequence[Person]) -> Iterator[list[int]]:
    """For each pair the hours of both, less the meetings of both."""
    open_s = {zone: [(seconds(e.start), seconds(e.end)) for e in hours(zone)] for zone in {*ZONES}}
    for each in people:
        both = intersected(open_s[owner.zone], open_s[each.zone])
        yield listed(without(both, sorted((*owner.busy, *each.busy))))


def by_merging_once(owner: Person, people: Sequence[Person]) -> Iterator[list[int]]:
    """The same with all that concerns the owner and the zones done beforehand."""
    open_s = {zone: [(seconds(e.start), seconds(e.end)) for e in hours(zone)] for zone in {*ZONES}}
    own = without(open_s[owner.zone], owner.busy)
    shared = {zone: intersected(own, spans) for zone, spans in open_s.items()}
    return (listed(without(shared[each.zone], each.busy)) for each in people)


def without(free: Sequence[Span], busy: Sequence[Span]) -> list[Span]:
    found: list[Span] = []
    merged: list[Span] = []
    for start, end in busy:
        if merged and start <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        else:
            merged.append((start, end))
    first = 0
    for start, end in free:
        while first < len(merged) and merged[first][1] <= start:
            first += 1
        at, index = start, first
        while index < len(merged) and merged[index][0] < end:
            if merged[index][0] > at:
                found.append((at, merged[index][0]))
            at = max(at, merged[index][1])
            index += 1
        if at < end:
            found.append((at, end))
    return found


def intersected(one: Sequence[Span], other: Sequence[Span]) -> list[Span]:
    found, i, j = [], 0, 0
    while i < len(one) and j < len(other):
        start, end = max(one[i][0], other[j][0]), min(one[i][1], other[j][1])
        if start < end:
            found.append((start, end))
        if one[i][1] < other[j][1]:
            i += 1
        else:
            j += 1
    return found


def listed(free: Sequence[Span]) -> list[int]:
    found: list[int] = []
    for start, end in free:
        first = start + -start % GRID_S
        found.extend(range(first, end - LENGTH_S + 1, GRID_S))
    return found


def by_nested_loop(owner: Person, people: Sequence[Person]) -> list[list[datetime]]:
    """As booking pages are written: each start, each meeting of either side, aware datetimes."""
    taken = {each: aware(each) for each in (owner, *people)}
    working = {zone: [(e.start, e.end) for e in hours(zone)] for zone in {*ZONES}}
    grid = [WINDOW.start + GRID * step for step in range((WINDOW.end - WINDOW.start) // GRID)]
    found = []
    for each in people:
        starts_ = []
        for start in grid:
            end = start + LENGTH
            if not any(a <= start and end <= b for a, b in working[owner.zone]):
                continue
            if not any(a <= start and end <= b for a, b in working[each.zone]):
                continue
            if any(a < end and start < b for side in (owner, each) for a, b in taken[side]):
                continue
            starts_.append(start)
        found.append(starts_)
    return found


def aware(each: Person) -> list[tuple[datetime, datetime]]:
    zone = ZoneInfo(each.zone)
    return [(moment(a).astimezone(zone), moment(b).astimezone(zone)) for a, b in each.busy]


def group_by_masks(people: Sequence[Person]) -> list[Interval]:
    shared = reduce(common, map(hours, {each.zone for each in people}))
    times = Times(starts(shared, LENGTH, GRID, OWN_ZONE))
    left = times.whole
    for each in people:
        left &= ~times.meeting(each.when)
    return times.of(left)


def group_by_numpy(people: Sequence[Person]) -> list[Interval]:
    """A boolean for each step of the grid, then as many in a row as a meeting takes."""
    import numpy as np

    size = (LAST_S - FIRST_S) // GRID_S
    free = np.ones(size, dtype=bool)
    for zone in {each.zone for each in people}:
        open_ = np.zeros(size, dtype=bool)
        for each in hours(zone):
            a, b = seconds(each.start) - FIRST_S, seconds(each.end) - FIRST_S
            open_[max(-(-a // GRID_S), 0) : max(b // GRID_S, 0)] = True
        free &= open_
    for one in people:
        for each in one.when:
            a, b = int(each.start.timestamp()) - FIRST_S, int(each.end.timestamp()) - FIRST_S
            free[max(a // GRID_S, 0) : max(-(-b // GRID_S), 0)] = False
    steps = LENGTH_S // GRID_S
    fits = free[: size - steps + 1].copy()
    for step in range(1, steps):
        fits &= free[step : size - steps + 1 + step]
    return [
        Interval(moment(at), moment(at + LENGTH_S))
        for at in (np.flatnonzero(fits) * GRID_S + FIRST_S).tolist()
    ]


# ---------------------------------------------------------------- side by side


Lists = Iterable[Sequence[Interval | datetime | int]]


def timed(work: Callable[[], Lists]) -> float:
    start = time.process_time()
    deque(work(), maxlen=0)
    return time.process_time() - start


def as_seconds(found: Lists) -> list[list[int]]:
    return [
        [
            each
            if isinstance(each, int)
            else seconds(each.start if isinstance(each, Interval) else each)
            for each in one
        ]
        for one in found
    ]


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--people", type=int, default=5_000)
    parser.add_argument("--rounds", type=int, default=3)
    given = parser.parse_args()
    chance = random.Random(8)
    owner = person(chance, OWN_ZONE)
    people = [person(chance, chance.choice(ZONES)) for _ in range(given.people)]
    few, group = people[:LOOPED], [person(chance, OWN_ZONE) for _ in range(GROUP)]
    fika, fika_few = Fika(owner, people), Fika(owner, few)
    tasks: dict[str, Callable[[], Lists]] = {
        "masks kept": fika.with_kept,
        "masks built": fika.with_built,
        "one changed": fika.with_one_changed,
        "merging": lambda: by_merging(owner, people),
        "merging, owner first": lambda: by_merging_once(owner, people),
        "masks kept, few": fika_few.with_kept,
        "nested loop, few": lambda: by_nested_loop(owner, few),
        "group, masks": lambda: [group_by_masks(group)],
        "group, numpy": lambda: [group_by_numpy(group)],
    }
    if group_by_numpy(group[:3]) != group_by_masks(group[:3]) or not group_by_masks(group[:3]):
        raise SystemExit("numpy found other times for three people")
    gate(tasks)
    spent: dict[str, list[float]] = {name: [] for name in tasks}
    for number in range(given.rounds):
        for name, task in tasks.items():
            if name != "nested loop, few" or not number:  # minutes, and the same every time
                spent[name].append(timed(task))
    report({name: statistics.median(each) for name, each in spent.items()}, given.people)


def gate(tasks: Mapping[str, Callable[[], Lists]]) -> None:
    """All must find the same."""
    for reference, others in SAME.items():
        wanted = as_seconds(tasks[reference]())
        for name in others:
            if as_seconds(tasks[name]()) != wanted:
                raise SystemExit(f"{name} found other times than {reference}")


def report(cpu_s: dict[str, float], people: int) -> None:
    ratios = {
        "merging": cpu_s["merging"] / cpu_s["masks kept"],
        "merging, owner first": cpu_s["merging, owner first"] / cpu_s["masks kept"],
        "nested loop": cpu_s["nested loop, few"] / cpu_s["masks kept, few"],
        "numpy": cpu_s["group, numpy"] / cpu_s["group, masks"],
    }
    for name, each in cpu_s.items():
        number = LOOPED if "few" in name else people
        one = "" if "group" in name else f"{each / number * 1e6:10.1f} us a person"
        print(f"{name:20} {each:9.4f} s CPU {one}")
    for name, ratio in ratios.items():
        goal = f"goal {GOALS[name]:g}" if name in GOALS else ""
        print(f"{name:20} {ratio:9.1f} times fika's   {goal}")
    keep("slots", {"people": people, "cpu_s": cpu_s, "times": ratios, "goals": GOALS})


if __name__ == "__main__":
    main()
