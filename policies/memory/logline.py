"""A line of a diary, understood by plain rules: contact, promises, thanks, what was given and had.

`coffee with Ana; promised the paper by Tuesday; she introduced Raj`. A line is taken apart into
clauses, and of each clause the words are parted in two: those that told what kind of thing it is,
with whom and when (its cue), and what was said, which is kept as it is. A clause no rule knows is
a note. So no word is lost, and nothing is understood that its reader cannot check.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import date
from enum import StrEnum
from typing import Final

from policies.frozen import frozen
from policies.memory.clauses import (
    Clause,
    act_at,
    after_auxiliaries,
    clauses,
    is_heading,
    subjects_at,
)
from policies.memory.lexicon import FORMATS, LEADS, ME, THEM, THEM_AS_OBJECT, Act
from policies.memory.mentions import Mention, Names, Who, stranger_at
from policies.people.person import Format, Person

_BEFORE_FORMATS: Final = frozenset({"a", "an", "the", "for", "over", "at"})
_OF_A_MEETING: Final = _BEFORE_FORMATS | {
    *("had", "another", "our", "long", "short", "quick", "brief", "nice", "good", "great", "first"),
}
_SEVERAL: Final = 2
_INTROS: Final = frozenset({"intro", "introduction", "introduce"})


class Kind(StrEnum):
    """What a clause says; `GAVE` is the owner's doing, `HAD` the other's."""

    CONTACT = "contact"
    PROMISED = "promised"
    PROMISED_ME = "promised to me"
    GAVE = "gave"
    HAD = "had"
    INTRODUCED_ME = "introduced me"
    ASKED = "asked"
    THANKED = "thanked"
    TO_THANK = "to thank"
    NOTE = "note"


@frozen
class Finding:
    """One thing the line says.

    ``who`` is empty in a note about nobody; of several each is meant, as if there were a line for
    each. ``what`` are the words kept, ``cue`` those that told the rest. ``day`` is when it was, or
    by when it is due.
    """

    kind: Kind
    who: tuple[Who, ...]
    what: str
    cue: str = ""
    day: date | None = None
    format: Format | None = None


def read_line(text: str, people: Iterable[Person], today: date) -> tuple[Finding, ...]:
    """All that ``text`` says, in its order; see the module for what becomes of each word."""
    reader = _Reader(Names(people), today)
    found = [
        finding for words in clauses(text, reader.names) for finding in reader.read(Clause(words))
    ]
    return tuple(found)


# ---------------------------------------------------------------- understanding


class _Reader:
    """Reads clause by clause, and remembers who `she` is."""

    def __init__(self, names: Names, today: date) -> None:
        self.names = names
        self.today = today
        self.them: tuple[Who, ...] = ()

    def read(self, clause: Clause) -> Iterator[Finding]:
        at = headed = self._headed(clause)
        while clause.next_is(at, *LEADS):
            at = clause.use(at, at + 1)
        by, at = self._subject(clause, at)
        act = act_at(clause.plain, at)
        them = by if isinstance(by, tuple) else ()
        found: Finding | None = None
        if act is None and not them:
            found = self._contact(clause, at, headed=headed > 0)
        elif act is not None:
            kind, after = act
            is_will = kind is Act.PROMISE and clause.plain[at] == "will"
            clause.use(at, at + 1 if is_will else after)  # what will be done is kept
            found = self._done(clause, kind, at, after, them, mine=by is not None)
        if found is None:
            who = _one_of(self.them)
            head, rest = clause.words[:headed], clause.words[headed:]
            yield Finding(Kind.NOTE, who, " ".join(rest).strip(";, "), " ".join(head))
            return
        yield found
        if found.kind is Kind.CONTACT and clause.kept:
            yield Finding(Kind.NOTE, found.who[:1], clause.remarks)

    def _headed(self, clause: Clause) -> int:
        """The place after `Ana:`, which says whom the rest is about."""
        found = self.names.at(clause.words, 0, small=True)
        if found and is_heading(clause.words[: found.end], self.names):
            self.them = (found.who,)
            return clause.use(0, found.end)
        return 0

    def _subject(self, clause: Clause, at: int) -> tuple[tuple[Who, ...] | bool | None, int]:
        """Who did it: some, the owner (``True``), or nobody said; and the place after."""
        start = at
        by: tuple[Who, ...] | bool | None = None
        named = subjects_at(clause.words, clause.plain, at, self.names)
        if clause.next_is(at, *ME):
            by, at = True, at + 1
        elif clause.next_is(at, *THEM) and self.them:
            is_all = clause.plain[at].startswith("they")
            by, at = self.them if is_all else _one_of(self.them), at + 1
        elif named:
            self.them = by = tuple(each.who for each in named)
            at = named[-1].end
        if at > start and clause.plain[at - 1].endswith("'ll"):
            clause.plain[at - 1] = "will"
            at -= 1
        at = after_auxiliaries(clause.plain, at)
        clause.use(start, at)
        return by, at

    def _done(
        self, clause: Clause, act: Act, at: int, after: int, them: tuple[Who, ...], *, mine: bool
    ) -> Finding | None:
        """What a verb says, by who did it; ``mine``: it is said that the owner did."""
        if act is Act.MEET:
            return self._met(clause, after, them)
        if act is Act.PROMISE:
            return self._promise(clause, after, them)
        if them:
            return self._helped(clause, act, at, them)
        if act is Act.INTRODUCE and not mine and "to" not in clause.plain[after:]:
            return None  # who introduced whom?
        if act in {Act.THANK, Act.THANKED}:
            return self._thanked(clause, act, after)
        return self._gave(clause, act, at, after)

    # ------------------------------------------------------------ contact

    def _met(self, clause: Clause, at: int, them: tuple[Who, ...]) -> Finding | None:
        """`met Ana and Raj`, `she called`."""
        if them:
            return self._in_contact(clause, them, clause.plain[at - 1])
        found = self._meant(clause, at) or self._people(clause, at)
        return self._in_contact(clause, found, clause.plain[at - 1]) if found else None

    def _contact(self, clause: Clause, at: int, *, headed: bool) -> Finding | None:
        """`long coffee with Ana and Raj on Tuesday`, `lunch Ana`, after `Ana:` also `lunch`."""
        place = self._format_place(clause, at)
        withs = [n for n in range(at, len(clause.plain)) if clause.plain[n] in {"with", "w/"}]
        if withs:
            found = self._people(clause, withs[0] + 1)
            clause.used.update(withs[:1] if found else ())
        else:
            found = self._people(clause, place[1]) if place else ()
        if not found and headed and place and self.them:
            is_meant = _OF_A_MEETING.issuperset(clause.plain[at : place[0]])
            found = _one_of(self.them) if is_meant else ()
        if not found:
            return None
        return self._in_contact(clause, found, "", place)

    def _in_contact(
        self,
        clause: Clause,
        who: tuple[Who, ...],
        verb: str,
        place: tuple[int, int, Format] | None = None,
    ) -> Finding:
        place = place or self._format_place(clause, 0)
        if place:
            start, end, _ = place
            while start > 0 and clause.plain[start - 1] in _BEFORE_FORMATS:
                start -= 1
            clause.use(start, end)
        clause.used.update(n for n, each in enumerate(clause.plain) if each in LEADS and n == 0)
        self.them = who
        format_ = place[2] if place else FORMATS.get(verb)
        day = clause.day(self.today, ahead=False)
        return Finding(Kind.CONTACT, who, "", clause.cue, day, format_)

    def _format_place(self, clause: Clause, at: int) -> tuple[int, int, Format] | None:
        """Where a way to meet is named first, the longest there: `virtual coffee`."""
        for start in range(at, len(clause.plain)):
            for length in (2, 1):
                named = FORMATS.get(" ".join(clause.plain[start : start + length]))
                if named and start + length <= len(clause.plain):
                    return start, start + length, named
        return None

    def _people(self, clause: Clause, at: int) -> tuple[Who, ...]:
        """Everyone named from here on, one after the other; their words are used."""
        found: list[Who] = []
        while one := self._one(clause, at, small=not found):
            clause.use(at, one.end)
            found.append(one.who)
            at = one.end
            if clause.next_is(at, "and", "&") and self._one(clause, at + 1, small=False):
                at = clause.use(at, at + 1)
            elif not clause.words[at - 1].endswith(","):
                break
        return tuple(found)

    def _one(self, clause: Clause, at: int, *, small: bool) -> Mention | None:
        return self.names.at(clause.words, at, small=small) or stranger_at(clause.words, at)

    # ------------------------------------------------------------ promises and favours

    def _promise(self, clause: Clause, at: int, them: tuple[Who, ...]) -> Finding | None:
        """`promised Ana the paper by Tuesday`, `she will send the deck`."""
        if them:
            clause.use(at, at + clause.next_is(at, "me", "us"))
        who = them or self._receivers(clause, at)
        day = clause.day(self.today, ahead=True)
        if not who or not clause.kept:
            return None
        kind = Kind.PROMISED_ME if them else Kind.PROMISED
        return Finding(kind, who, clause.kept, clause.cue, day)

    def _helped(self, clause: Clause, act: Act, at: int, them: tuple[Who, ...]) -> Finding | None:
        """`she introduced Raj`, `Ana helped with the budget`, `he gave me an hour`."""
        is_deed = act in {Act.INTRODUCE, Act.HELP}
        for_me = act is Act.HAND and {"me", "us"} & set(clause.plain)
        if not (is_deed or for_me):
            return None
        return self._deed(
            clause, at, Kind.INTRODUCED_ME if act is Act.INTRODUCE else Kind.HAD, them
        )

    def _gave(self, clause: Clause, act: Act, at: int, after: int) -> Finding | None:
        """`sent her the deck`, `asked Raj for an introduction`."""
        who = self._receivers(clause, after)
        if not who:
            return None
        if act is not Act.ASK:
            return self._deed(clause, at, Kind.GAVE, who)
        wanted = next((n for n in range(after, len(clause.plain)) if n not in clause.used), after)
        if not clause.next_is(wanted, "for", "to", "if", "whether"):
            return None  # "asked about the budget" is a question, and no favour
        clause.use(wanted, wanted + clause.next_is(wanted, "for"))
        return self._deed(clause, -1, Kind.ASKED, who)

    def _deed(self, clause: Clause, verb: int, kind: Kind, who: tuple[Who, ...]) -> Finding | None:
        """The verb belongs to what was done, and is kept with it."""
        clause.used.discard(verb)
        day = clause.day(self.today, ahead=False)
        if (day is not None and day > self.today) or not clause.kept:
            return None
        return Finding(kind, who, clause.kept, clause.cue, day)

    def _thanked(self, clause: Clause, act: Act, at: int) -> Finding | None:
        """`thanked her for the deck`, `must thank Raj by Friday`."""
        who = self._receivers(clause, at)
        if not who:
            return None
        done = act is Act.THANKED
        day = clause.day(self.today, ahead=not done)
        first = next((n for n in range(at, len(clause.plain)) if n not in clause.used), at)
        clause.use(first, first + clause.next_is(first, "for"))
        kind = Kind.THANKED if done else Kind.TO_THANK
        return Finding(kind, who, clause.kept, clause.cue, day)

    def _receivers(self, clause: Clause, at: int) -> tuple[Who, ...]:
        """To whom: named after the verb or at the end after `to`, else whom the line is about."""
        if meant := self._meant(clause, at):
            return meant
        found = self._listed(clause, at)
        end = len(clause.plain)
        is_intro = not _INTROS.isdisjoint(clause.plain)  # "an intro to Mei" is not for Mei
        for place in range(at, end) if not found and not is_intro else ():
            if clause.plain[place] in {"to", "with", "for"}:
                named = self._listed(clause, place + 1)
                if named and named[-1].end == end:
                    found, at = named, place
        if not found:
            return _one_of(self.them)
        clause.use(at, found[-1].end)
        self.them = tuple(each.who for each in found)
        return self.them

    def _meant(self, clause: Clause, at: int) -> tuple[Who, ...]:
        """Whom `her` or `him` means, and `them`, who are all that were named last."""
        if not clause.next_is(at, *THEM_AS_OBJECT) or not self.them:
            return ()
        is_all = clause.next_is(at, "them")
        clause.use(at, at + 1)
        return self.them if is_all else _one_of(self.them)

    def _listed(self, clause: Clause, at: int) -> tuple[Mention, ...]:
        """Someone on the list, and everyone named after them; after an `and` a stranger, too."""
        found: list[Mention] = []
        one = self.names.at(clause.words, at)
        while one:
            found.append(one)
            at = one.end
            if clause.next_is(at, "and", "&"):
                one = self._one(clause, at + 1, small=False)
            else:
                one = self.names.at(clause.words, at) if clause.words[at - 1][-1] == "," else None
        return tuple(found)


def _one_of(who: tuple[Who, ...]) -> tuple[Who, ...]:
    """Whoever of several a word for one may mean."""
    if len(who) < _SEVERAL:
        return who
    found = dict.fromkeys(one for each in who for one in each.found)
    return (Who("she, he or they", tuple(found)),)


def settled(found: Iterable[Finding], names: dict[Who, Who]) -> tuple[Finding, ...]:
    """The findings with everyone as the owner said whom they meant."""
    return tuple(
        replace(each, who=tuple(names.get(one, one) for one in each.who)) for each in found
    )
