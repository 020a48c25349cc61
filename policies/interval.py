"""Stretches of absolute time, half-open, and the algebra of lists of them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from operator import attrgetter
from typing import Final

_START: Final = attrgetter("start")  # half the cost of comparing whole intervals


@dataclass(frozen=True, slots=True, order=True)
class Interval:
    """A stretch of absolute time: ``start`` is inside, ``end`` is not.

    Ends are stored in UTC, so equal instants compare equal whatever zone they came in.

    Raises:
        ValueError: an end has no time zone, or ``end`` is not after ``start``.
    """

    start: datetime
    end: datetime

    def __post_init__(self) -> None:
        if self.start.tzinfo is not UTC or self.end.tzinfo is not UTC:
            for name, moment in (("start", self.start), ("end", self.end)):
                if moment.utcoffset() is None:
                    raise ValueError(f"{name} has no time zone: {moment.isoformat()}")
                object.__setattr__(self, name, moment.astimezone(UTC))
        if self.end <= self.start:
            raise ValueError(f"end {self.end.isoformat()} is not after start")

    @property
    def length(self) -> timedelta:
        return self.end - self.start

    def overlaps(self, other: Interval) -> bool:
        return self.start < other.end and other.start < self.end

    def contains(self, other: Interval) -> bool:
        return self.start <= other.start and other.end <= self.end

    def widened(self, before: timedelta, after: timedelta) -> Interval:
        return Interval(self.start - before, self.end + after)


def merged(intervals: Iterable[Interval]) -> tuple[Interval, ...]:
    """The same time as a sorted tuple of intervals that neither overlap nor touch."""
    result: list[Interval] = []
    for each in sorted(intervals, key=_START):
        if not result or each.start > result[-1].end:
            result.append(each)
        elif each.end > result[-1].end:
            result[-1] = Interval(result[-1].start, each.end)
    return tuple(result)


def without(free: Iterable[Interval], busy: Iterable[Interval]) -> tuple[Interval, ...]:
    """The time in ``free`` that is not in ``busy``, merged and sorted."""
    result: list[Interval] = []
    taken = merged(busy)
    first = 0
    for span in merged(free):
        start = span.start
        while first < len(taken) and taken[first].end <= start:
            first += 1
        index = first
        while index < len(taken) and taken[index].start < span.end:
            if taken[index].start > start:
                result.append(Interval(start, taken[index].start))
            start = max(start, taken[index].end)
            index += 1
        if start < span.end:
            result.append(Interval(start, span.end))
    return tuple(result)


def common(one: Iterable[Interval], other: Iterable[Interval]) -> tuple[Interval, ...]:
    """The time that is in both, merged and sorted."""
    left, right = merged(one), merged(other)
    result: list[Interval] = []
    i = j = 0
    while i < len(left) and j < len(right):
        start = max(left[i].start, right[j].start)
        end = min(left[i].end, right[j].end)
        if start < end:
            result.append(Interval(start, end))
        if left[i].end < right[j].end:
            i += 1
        else:
            j += 1
    return tuple(result)
