"""Which rules leave no time, and which of them, lifted, would give some.

Every time on the grid is one bit. A rule is the mask of the times it excludes, so what is left is
a few operations on integers whatever the rules are about. Where nothing is left two things are
worth knowing, and both are exact:

- the *conflict*: a smallest set of rules that exclude everything between them;
- the *lifts*: the sets of rules that exclude some time and of which no part would do. Whoever
  lifts all rules of one of them has that time.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from itertools import compress, count
from typing import Final, Generic, NamedTuple, TypeVar

from policies.interval import Interval

R = TypeVar("R")
T = TypeVar("T")
_ZERO_OR_ONE: Final = bytes.maketrans(b"01", b"\0\1")
_NODES = 20_000  # of the search for a smallest conflict; beyond it one without a spare rule will do


class Lift(NamedTuple, Generic[R]):
    """Rules, in their order, and the mask of the times that they alone exclude."""

    rules: tuple[R, ...]
    times: int


class Times:
    """Possible times of equal length by ascending start: bit i of a mask stands for the i-th."""

    def __init__(self, every: Sequence[Interval]) -> None:
        self.every = every
        self.whole = (1 << len(every)) - 1
        self._starts: list[datetime] = [each.start for each in every]
        self._ends: list[datetime] = [each.end for each in every]

    def meeting(self, taken: Sequence[Interval]) -> int:
        """The times that have a moment in common with any of ``taken``."""
        mask = 0
        for each in taken:
            first = bisect_right(self._ends, each.start)
            count = bisect_left(self._starts, each.end) - first
            if count > 0:
                mask |= ((1 << count) - 1) << first
        return mask

    def inside(self, spans: Sequence[Interval]) -> int:
        """The times that lie in one of ``spans`` wholly; these must not touch each other."""
        mask = 0
        for each in spans:
            first = bisect_left(self._starts, each.start)
            count = bisect_right(self._ends, each.end) - first
            if count > 0:
                mask |= ((1 << count) - 1) << first
        return mask

    def of(self, mask: int) -> list[Interval]:
        """The times of a mask, by start."""
        return list(_chosen(self.every, mask))


def bits(mask: int) -> Iterator[int]:
    """The places of the ones, lowest first."""
    return _chosen(count(), mask)


def _chosen(things: Iterable[T], mask: int) -> Iterator[T]:
    """Those of ``things`` whose bit is set."""
    backwards = bin(mask)[:1:-1]  # without the 0b it begins with
    return compress(things, backwards.encode().translate(_ZERO_OR_ONE))


def left_by(rules: Mapping[R, int], whole: int) -> int:
    """What no rule excludes."""
    for mask in rules.values():
        whole &= ~mask
    return whole


def lifts(rules: Mapping[R, int], whole: int) -> tuple[Lift[R], ...]:
    """Every set of rules whose lifting would give time while that of no part would.

    Smallest first, then in the order of ``rules``. One empty set where there is time as it is,
    nothing where there are no times at all.
    """
    names = list(rules)
    classes: list[tuple[int, int]] = [(0, whole)] if whole else []
    for place, mask in enumerate(rules.values()):
        split: list[tuple[int, int]] = []
        for mine, times in classes:
            inside = times & mask
            if inside:
                split.append((mine | 1 << place, inside))
            if inside != times:
                split.append((mine, times & ~mask))
        classes = split
    found: list[tuple[int, int]] = []
    for mine, times in sorted(classes, key=lambda each: (each[0].bit_count(), _order(each[0]))):
        if all(known & ~mine for known, _ in found):
            found.append((mine, times))
    return tuple(Lift(tuple(names[bit] for bit in bits(mine)), times) for mine, times in found)


def conflict(rules: Mapping[R, int], whole: int) -> tuple[R, ...]:
    """A smallest set of rules that leaves nothing of ``whole``; empty where something is left.

    Where more than `_NODES` sets would have to be tried, no rule of the answer can be spared, but
    a smaller set might exist.
    """
    names, masks = list(rules), [mask & whole for mask in rules.values()]
    if left_by(rules, whole) or not whole:
        return ()
    for size in range(1, len(masks) + 1):
        search = _Search(masks)
        if search.cover(whole, size):
            return tuple(names[place] for place in sorted(search.chosen))
        if search.nodes > _NODES:
            break
    needed = dict(enumerate(masks))
    for place in reversed(range(len(masks))):
        others = {key: mask for key, mask in needed.items() if key != place}
        if not left_by(others, whole):
            needed = others
    return tuple(names[place] for place in needed)


class _Search:
    """Depth first: some rule of the answer must exclude the first time that is left."""

    def __init__(self, masks: Sequence[int]) -> None:
        self.masks = masks
        self.widest = max(mask.bit_count() for mask in masks)
        self.chosen: list[int] = []
        self.nodes = 0

    def cover(self, left: int, size: int) -> bool:
        if not left:
            return True
        self.nodes += 1
        if self.nodes > _NODES or self.widest * size < left.bit_count():
            return False
        first = left & -left
        for place, mask in enumerate(self.masks):
            if mask & first:
                self.chosen.append(place)
                if self.cover(left & ~mask, size - 1):
                    return True
                self.chosen.pop()
        return False


def _order(mine: int) -> tuple[int, ...]:
    return tuple(bits(mine))
