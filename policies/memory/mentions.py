"""Who is meant by a name in a sentence: someone on the list, several, or nobody known."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final, NamedTuple

from policies.people.identity import folded
from policies.people.person import Person, PersonId

_LONGEST = 4  # words of a name
_POSSESSIVES: Final = ("'s", "\N{RIGHT SINGLE QUOTATION MARK}s")
_AROUND: Final = ".,;:!?()\"'…"


class Who(NamedTuple):
    """Someone as they were named; ``found`` are all it could be, by id, none for a stranger."""

    words: str
    found: tuple[PersonId, ...]


class Mention(NamedTuple):
    """A name in a sentence, and the place of the word after it."""

    who: Who
    end: int


def bare(word: str) -> str:
    """A word without the punctuation around it, and without a possessive."""
    plain = word.strip(_AROUND)
    return plain[:-2] if plain.lower().endswith(_POSSESSIVES) else plain


class Names:
    """The words of everyone's name, and their addresses and ids."""

    def __init__(self, people: Iterable[Person]) -> None:
        self._by_word: dict[str, set[PersonId]] = {}
        self._whole: dict[PersonId, tuple[str, ...]] = {}
        self._exact: dict[str, PersonId] = {}
        for person in people:
            words = tuple(filter(None, map(bare, folded(person.name).split())))
            self._whole[person.id] = words
            for word in words:
                self._by_word.setdefault(word, set()).add(person.id)
            for key in (person.id, *person.addresses):
                self._exact[key] = person.id

    def at(self, words: Sequence[str], place: int, *, small: bool = False) -> Mention | None:
        """The longest name that begins at ``place``; in small letters only if ``small``.

        Each of its words must be a whole word of one and the same name. Somebody called just
        that goes before all whose name holds more.
        """
        if place >= len(words) or not (first := bare(words[place])):
            return None
        if first.lower() in self._exact:
            return Mention(Who(first, (self._exact[first.lower()],)), place + 1)
        if not small and not first[0].isupper():
            return None
        found, end = set(self._whole), place
        parts: list[str] = []
        while end < min(place + _LONGEST, len(words)):
            part = folded(bare(words[end]))
            narrower = found & self._by_word.get(part, set()) if part else set()
            if not narrower:
                break
            found, end = narrower, end + 1
            parts.append(part)
            if words[end - 1].endswith((",", ";", ".", ":")):
                break
        if not parts:
            return None
        just = {each for each in found if self._whole[each] == tuple(parts)}
        named = " ".join(map(bare, words[place:end]))
        return Mention(Who(named, tuple(sorted(just or found))), end)


def stranger_at(words: Sequence[str], place: int) -> Mention | None:
    """The run of capitalised words at ``place``, as the name of someone who is not listed."""
    end = place
    while end < len(words) and end < place + _LONGEST and bare(words[end])[:1].isupper():
        end += 1
        if words[end - 1][-1] in _AROUND:
            break
    if end == place:
        return None
    return Mention(Who(" ".join(map(bare, words[place:end])), ()), end)
