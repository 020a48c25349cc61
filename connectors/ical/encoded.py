"""Items as the text they came as: as values those of a large calendar take four times the room."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from operator import eq
from typing import overload

from policies.calendar import codec
from policies.calendar.event import CalendarItem


class Encoded(Sequence[CalendarItem]):
    """Each item is made of its text (`policies.calendar.codec`) whenever it is reached."""

    __slots__ = ("_texts",)

    def __init__(self, texts: Sequence[bytes]) -> None:
        self._texts = texts

    def __len__(self) -> int:
        return len(self._texts)

    @overload
    def __getitem__(self, at: int) -> CalendarItem: ...
    @overload
    def __getitem__(self, at: slice) -> Encoded: ...
    def __getitem__(self, at: int | slice) -> CalendarItem | Encoded:
        if isinstance(at, slice):
            return Encoded(self._texts[at])
        return codec.decode(self._texts[at].decode())

    def __iter__(self) -> Iterator[CalendarItem]:
        return map(codec.decode, map(bytes.decode, self._texts))

    def __eq__(self, other: object) -> bool:
        """Whether ``other`` holds the same items, as text or not."""
        if not isinstance(other, Sequence) or len(other) != len(self):
            return NotImplemented
        return all(map(eq, self, other))

    def __hash__(self) -> int:
        return hash(tuple(self))
