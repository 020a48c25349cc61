"""Leaving out whoever is to be forgotten, known again by marks that do not say who it is.

The owner's calendars go on naming a forgotten person, and are read again. What is kept of the
person is a salted hash of each address and of the full name: enough to know them by when they
are met, not to name them.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from functools import lru_cache
from typing import Final

from policies.calendar.event import Attendee, CalendarItem, Event
from policies.frozen import frozen
from policies.people.identity import folded

_LENGTH: Final = 32  # hexadecimal digits: 128 bits
_LONGEST_NAME: Final = 5  # words
_SHORTEST_WORD: Final = 3  # of an address; shorter ones stand for anything
_WORD: Final = re.compile(r"[^\W_]+")
_STAND_IN: Final = re.compile(r"forgotten-\d+@fika\.invalid")
_ADDRESS: Final = re.compile(r"[^\s<>()\[\],;:\"]+@[^\s<>()\[\],;:\"]+")


@frozen
class Forgotten:
    """``salt`` is the installation's own random name; ``marks`` are as `marks` makes them."""

    salt: str
    marks: frozenset[str] = frozenset()

    def knows(self, text: str) -> bool:
        """Whether this is an address of somebody forgotten, or the UID of a meeting with them."""
        return _mark(self.salt, folded(text)) in self.marks

    def knows_name(self, words: Sequence[str]) -> bool:
        """Whether these words are the full name of somebody forgotten, in whatever order."""
        return len(words) > 1 and _mark(self.salt, _name(words)) in self.marks


def marks(salt: str, *, names: Iterable[str] = (), ids: Iterable[str] = ()) -> frozenset[str]:
    """The marks of someone with these names and these ids: addresses, and UIDs of meetings.

    A name of one word is too common to know anybody by.
    """
    full = (_name(words) for words in map(_words_of, names) if len(words) > 1)
    return frozenset(_mark(salt, each) for each in (*full, *map(folded, ids)))


def without_forgotten(item: CalendarItem, forgotten: Forgotten) -> CalendarItem:
    """The item as it is kept: with a stand-in for everyone forgotten, and nothing that names them.

    A stand-in keeps the size of the meeting, and with it what it proves about the others. The
    title and the place go where they were alone with the owner, and wherever these name them;
    so does an identifier made of their name. An item that names nobody forgotten is returned
    as it is.
    """
    if not forgotten.marks:
        return item
    gone = tuple(each for each in _everybody(item) if _is_gone(each, forgotten))
    before = {each.address for each in _everybody(item) if _STAND_IN.fullmatch(each.address)}
    leaving = _Leaving(forgotten, _stand_ins(gone, len(before)), frozenset(_words(gone)))
    events = tuple(leaving.event(each) for each in item.events)
    if events == item.events:
        return item
    return replace(item, id=leaving.identifier(item.id), events=events)


@frozen
class _Leaving:
    """Whom one item names: by address their stand-in, and all words of their names."""

    forgotten: Forgotten
    stand_ins: dict[str, str]
    words: frozenset[str]

    def event(self, event: Event) -> Event:
        attendees = tuple(map(self._attendee, event.attendees))
        organizer = self.stand_ins.get(event.organizer.lower(), event.organizer)
        took_part = attendees != event.attendees or organizer != event.organizer
        present = {organizer, *(each.address for each in attendees)} - {""}
        others = [each for each in present if not _STAND_IN.fullmatch(each)]
        alone = (took_part and len(others) <= 1) or self.forgotten.knows(event.uid)
        return replace(
            event,
            uid=self.identifier(event.uid),
            summary="" if alone or self._tells(event.summary) else event.summary,
            location="" if alone or self._tells(event.location) else event.location,
            organizer=organizer,
            attendees=attendees,
        )

    def identifier(self, text: str) -> str:
        if not self._tells(text):
            return text
        return f"forgotten-{_mark(self.forgotten.salt, text)}"

    def _attendee(self, attendee: Attendee) -> Attendee:
        stand_in = self.stand_ins.get(attendee.address.lower())
        return attendee._replace(address=stand_in, name="") if stand_in else attendee

    def _tells(self, text: str) -> bool:
        words = _words_of(text)
        if not self.words.isdisjoint(words) or any(map(self.forgotten.knows_name, _runs(words))):
            return True
        return any(self.forgotten.knows(each.strip(".'")) for each in _ADDRESS.findall(text))


def _everybody(item: CalendarItem) -> Iterator[Attendee]:
    for event in item.events:
        yield from event.attendees
        if event.organizer:
            yield Attendee(event.organizer)


def _is_gone(attendee: Attendee, forgotten: Forgotten) -> bool:
    return forgotten.knows(attendee.address) or forgotten.knows_name(_words_of(attendee.name))


def _stand_ins(gone: Iterable[Attendee], before: int) -> dict[str, str]:
    addresses = dict.fromkeys(each.address.lower() for each in gone)
    return {each: stand_in(number) for number, each in enumerate(addresses, before + 1)}


def stand_in(number: int) -> str:
    """The address of one of several people forgotten in one meeting; nobody has it (RFC 2606)."""
    return f"forgotten-{number}@fika.invalid"


def _words(gone: Iterable[Attendee]) -> Iterator[str]:
    """What an event may call them: the words of their names, and those of their addresses."""
    for each in gone:
        name = each.name.partition("@")[0]
        yield from (word for word in _words_of(name) if len(word) > 1)
        for word in _words_of(each.address.partition("@")[0]):
            if len(word) >= _SHORTEST_WORD and not word.isdecimal():
                yield word


def _runs(words: Sequence[str]) -> Iterator[Sequence[str]]:
    """Every few words in a row: some of them may be a full name."""
    for length in range(2, _LONGEST_NAME + 1):
        for start in range(len(words) - length + 1):
            yield words[start : start + length]


def _words_of(text: str) -> list[str]:
    return _WORD.findall(folded(text))


def _name(words: Sequence[str]) -> str:
    return " ".join(sorted(words))


@lru_cache(maxsize=16_384)
def _mark(salt: str, text: str) -> str:
    return hashlib.sha256(f"{salt}\nforgotten\n{text}".encode()).hexdigest()[:_LENGTH]
