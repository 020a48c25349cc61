"""A line of a diary as clauses, and what becomes of each word of a clause."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from itertools import groupby
from typing import Final

from policies.memory.days import find_day
from policies.memory.lexicon import ACTS, AUXILIARIES, LEADS, ME, THEM, Act
from policies.memory.mentions import Mention, Names, bare

_ENDS: Final = (".", "!", "?", ",", ":")
_SUBJECTS: Final = frozenset(ME + THEM)
_LONGEST_VERB = 4  # words


def clauses(text: str, names: Names) -> Iterator[list[str]]:
    """The words of each clause: parted by semicolons and lines, and where a new subject begins."""
    for part in text.replace(";", "\n").splitlines():
        words = part.split()
        start = 0
        for at in range(1, len(words)):
            before = words[start:at]
            if not _begins(words, at, names) or is_heading(before, names):
                continue
            if not _joins_two(words, start, at, names):
                yield before
                start = at
        if words:
            yield words[start:]


def _begins(words: Sequence[str], at: int, names: Names) -> bool:
    """Whether a clause begins here: after a comma, a full stop or an `and`, with who does what."""
    if _plain(words[at]) in LEADS:
        return _opens(words, at + 1, names)
    return words[at - 1].endswith(_ENDS) and _opens(words, at, names)


def is_heading(words: Sequence[str], names: Names) -> bool:
    """Whether it is `Ana:`, which says whom the rest is about."""
    found = names.at(words, 0, small=True)
    return found is not None and found.end == len(words) and words[-1].endswith(":")


def _joins_two(words: Sequence[str], start: int, at: int, names: Names) -> bool:
    """Whether it is the `and` of `Ana and Raj helped`: one thing, done by two."""
    found = subjects_at(words, [_plain(each) for each in words], start, names)
    return len(found) > 1 and found[0].end == at


def _opens(words: Sequence[str], at: int, names: Names) -> bool:
    plain = [_plain(each) for each in words]
    if at >= len(plain):
        return False
    if plain[at] in _SUBJECTS or act_at(plain, at):
        return True
    return bool(subjects_at(words, plain, at, names, most=1))


def subjects_at(
    words: Sequence[str], plain: Sequence[str], at: int, names: Names, *, most: int = 2
) -> tuple[Mention, ...]:
    """Who is named here and does what the verb after says: someone, or ``most`` with an `and`."""
    found: list[Mention] = []
    while (named := names.at(words, at)) and not words[named.end - 1].endswith(_ENDS):
        found.append(named)
        if act_at(plain, after_auxiliaries(plain, named.end)):
            return tuple(found)
        if len(found) == most or plain[named.end : named.end + 1] not in (["and"], ["&"]):
            break
        at = named.end + 1
    return ()


def _plain(word: str) -> str:
    """In small letters, without punctuation, and with the apostrophe of a typewriter."""
    return bare(word).lower().replace("\N{RIGHT SINGLE QUOTATION MARK}", "'")


def act_at(plain: Sequence[str], at: int) -> tuple[Act, int] | None:
    """The verb at this place, the longest there is, and the place after it."""
    for length in range(_LONGEST_VERB, 0, -1):
        act = ACTS.get(" ".join(plain[at : at + length]))
        if act and len(plain) >= at + length:
            return act, at + length
    return None


def after_auxiliaries(plain: Sequence[str], at: int) -> int:
    while at < len(plain) and plain[at] in AUXILIARIES and not act_at(plain, at):
        at += 1
    return at


@dataclass
class Clause:
    """The words of a clause; those ``used`` have told something, the others are kept."""

    words: list[str]
    used: set[int] = field(default_factory=set)

    def __post_init__(self) -> None:
        self.plain = [_plain(each) for each in self.words]

    def use(self, start: int, end: int) -> int:
        self.used.update(range(start, min(end, len(self.words))))
        return end

    def next_is(self, at: int, *words: str) -> bool:
        return at < len(self.plain) and self.plain[at] in words

    @property
    def cue(self) -> str:
        return " ".join(self.words[at] for at in sorted(self.used))

    @property
    def kept(self) -> str:
        words = (each for at, each in enumerate(self.words) if at not in self.used)
        return " ".join(words).strip(".,;: ")

    @property
    def remarks(self) -> str:
        """As ``kept``, with a mark where something was taken out from in between."""
        runs = groupby(range(len(self.words)), key=lambda at: at in self.used)
        kept = (" ".join(self.words[at] for at in run) for used, run in runs if not used)
        return " … ".join(kept).strip(".,;: ")

    def day(self, today: date, *, ahead: bool) -> date | None:
        """The day among the words not used yet, which are used by it; none that cannot be meant."""
        free = [each if at not in self.used else "" for at, each in enumerate(self.words)]
        found = find_day(free, today, ahead=ahead)
        if found is None or (ahead and found.day < today):
            return None
        self.use(found.start, found.end)
        return found.day
