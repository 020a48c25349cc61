"""Names beside marks so that none covers another name, a mark, or anything else that is there.

Lengths are in one unit, whichever; y grows upwards.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import Final, NamedTuple

_STEPS: Final = 40


class Box(NamedTuple):
    left: float
    bottom: float
    right: float
    top: float

    def overlaps(self, other: Box) -> bool:
        return (
            self.left < other.right
            and other.left < self.right
            and self.bottom < other.top
            and other.bottom < self.top
        )

    def within(self, other: Box) -> bool:
        return (
            other.left <= self.left
            and self.right <= other.right
            and other.bottom <= self.bottom
            and self.top <= other.top
        )


class Wanted(NamedTuple):
    """A name of this ``width`` and ``height``, beside a mark of this ``radius``."""

    x: float
    y: float
    radius: float
    width: float
    height: float

    @property
    def mark(self) -> Box:
        return Box(
            self.x - self.radius, self.y - self.radius, self.x + self.radius, self.y + self.radius
        )


def placed(
    wanted: Sequence[Wanted], taken: Sequence[Box], page: Box, *, gap: float
) -> tuple[Box | None, ...]:
    """A box for each name, ``None`` where there is no room; the first have the first choice."""
    marks = tuple(each.mark for each in wanted)
    names: list[Box] = []
    found: list[Box | None] = []
    for each in wanted:
        free = (
            box
            for box in _around(each, gap)
            if box.within(page)
            and not any(box.overlaps(other) for other in taken)
            and not any(box.overlaps(other) for other in names)
            and not any(box.overlaps(other) for other in marks)
        )
        box = next(free, None)
        found.append(box)
        if box is not None:
            names.append(box)
    return tuple(found)


def beyond(
    circle: tuple[float, float, float],
    angle: float,
    size: tuple[float, float],
    taken: Sequence[Box],
    page: Box,
    *,
    gap: float,
) -> Box | None:
    """The nearest box of this ``size`` outside a circle (x, y, radius), as seen from its middle.

    It is moved along the page's edge rather than across it, and covers nothing of ``taken``;
    ``None`` where there is no room.
    """
    (x, y, radius), (width, height) = circle, size
    for step in range(_STEPS):
        away = radius + gap + step * gap / 2
        left = x + away * math.cos(angle) - width / 2
        bottom = y + away * math.sin(angle) - height / 2
        left = min(max(left, page.left), page.right - width)
        bottom = min(max(bottom, page.bottom), page.top - height)
        box = Box(left, bottom, left + width, bottom + height)
        aside = max(box.left - x, x - box.right, 0.0)
        above = max(box.bottom - y, y - box.top, 0.0)
        is_clear = math.hypot(aside, above) >= radius + gap
        if is_clear and not any(box.overlaps(other) for other in taken):
            return box
    return None


def _around(one: Wanted, gap: float) -> Iterator[Box]:
    """Below first, as a map's reader expects, then beside, above, and at the corners."""
    far = one.radius + gap
    half, near = one.width / 2, far * 0.7
    for x, y in (
        (one.x - half, one.y - far - one.height),
        (one.x + far, one.y - one.height / 2),
        (one.x - far - one.width, one.y - one.height / 2),
        (one.x - half, one.y + far),
        (one.x + near, one.y - near - one.height),
        (one.x - near - one.width, one.y - near - one.height),
        (one.x + near, one.y + near),
        (one.x - near - one.width, one.y + near),
    ):
        yield Box(x, y, x + one.width, y + one.height)
