"""The text of an invitation: a calendar entry's description and a mail's body at once.

Nothing here takes a `Person`: what may be said is named fact by fact, so private
notes cannot get in. Whatever comes from outside stands on one line.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from itertools import product
from types import MappingProxyType
from typing import Any, Final, NamedTuple

from policies.circles.ground import clause
from policies.frozen import frozen
from policies.outreach import phrases
from policies.outreach.phrases import Sentences, Voice
from policies.outreach.templates import Templates, filled, placeholders, template_for
from policies.people.naming import called
from policies.people.person import Format, Relation, Seniority
from policies.text import one_line

LAPSED_AFTER_DAYS: Final = 365
_LONGEST_FACT, _LONGEST_TITLE = 100, 200
_RANKS: Final = tuple(Seniority)
_VOICES: Final = MappingProxyType(
    {
        Relation.TEAM: Voice.COLLEAGUE,
        Relation.OTHER_FUNCTION: Voice.COLLEAGUE,
        Relation.MANAGER: Voice.MANAGER,
        Relation.SENIOR_LEADER: Voice.SENIOR,
        Relation.CLIENT: Voice.CLIENT,
        Relation.SUPPLIER: Voice.SUPPLIER,
        Relation.INVESTOR: Voice.INVESTOR,
        Relation.PARTNER: Voice.PARTNER,
        Relation.COMMUNITY: Voice.COMMUNITY,
        Relation.MENTOR: Voice.MENTOR,
        Relation.FRIEND: Voice.FRIEND,
        Relation.UNKNOWN: Voice.GENERAL,
    }
)
_SEEN_BY_BOTH: Final[Mapping[str, Sentences]] = MappingProxyType(
    {"quiet": phrases.GROUP_QUIET, "meeting": phrases.GROUP, "event": phrases.AT_EVENT}
)
_FROM_BELOW: Final = frozenset({Voice.COLLEAGUE, Voice.GENERAL, Voice.FORMER_COLLEAGUE})


class Seed(NamedTuple):
    """What the choice of sentences depends on: the person, and how often they were written to.

    The next generation differs from this one in every sentence there is a choice of.
    """

    key: str
    generation: int = 0


class Wording(NamedTuple):
    """What the guest reads."""

    title: str
    text: str


@frozen
class LetterFacts:
    """Everything an invitation may say. Empty means not known, and is then not mentioned.

    ``time`` is the offered time in words and ``since`` how long ago they met, both as
    `policies.spoken` says them. ``place`` is a named place, a link or a number to dial; ``city``
    where the guest is. ``upward``: the owner is the junior of the two. ``restarts``: they had a
    regular one-to-one. ``meeting``, ``quiet`` and ``event`` are titles in both calendars: of a
    group that goes on, of one that does not, of something both were at. ``ask_how``: nobody knows
    whether they are ready to meet in person. ``offer`` is what the owner can give them.
    """

    guest_name: str
    my_name: str
    voice: Voice
    format: Format
    time: str
    in_person: bool
    since: str = ""
    upward: bool = False
    lapsed: bool = False
    place: str = ""
    city: str = ""
    phone: str = ""
    organisation: str = ""
    my_organisation: str = ""
    how_met: str = ""
    common_ground: tuple[str, ...] = ()
    restarts: bool = False
    meeting: str = ""
    quiet: str = ""
    event: str = ""
    ask_how: bool = False
    offer: str = ""


def voice_for(
    relation: Relation, *, upward: bool, to_meet: bool, lapsed: bool, former_colleague: bool
) -> Voice:
    """Whose tone it is: strangers first, then lapsed relationships, then the relation."""
    if to_meet:
        return Voice.TO_MEET
    usual = Voice.FORMER_COLLEAGUE if former_colleague else _VOICES[relation]
    if upward and usual in _FROM_BELOW:
        usual = Voice.SENIOR
    keeps_tone = (Voice.SENIOR, Voice.FORMER_COLLEAGUE, Voice.FRIEND)
    return Voice.LAPSED if lapsed and usual not in keeps_tone else usual


def is_upward(relation: Relation, theirs: Seniority | None, own: str) -> bool:
    """Whether the guest is the senior of the two.

    ``own`` is a `Seniority` as text. Where it is none, a director is above the owner; where theirs
    is not known, a senior leader is.
    """
    if theirs is None:
        return relation is Relation.SENIOR_LEADER
    ranks = [str(each) for each in _RANKS]
    below = ranks.index(own) if own in ranks else ranks.index(Seniority.MANAGER)
    return ranks.index(theirs) > below


def worded(facts: LetterFacts, seed: Seed, templates: Templates = MappingProxyType({})) -> Wording:
    """The invitation, in the owner's own words where they have a template for it."""
    known = _known(facts, seed)
    own = template_for(templates, facts.format, facts.voice)
    title = (filled(own.title, known) if own else "") or _title(facts)
    text = (filled(own.body, known) if own else "") or _text(facts, known, seed)
    return Wording(_line(title, _LONGEST_TITLE), text)


def salutation(text: str) -> str:
    """How a letter greets its reader: its first line, if it reads like that; else empty."""
    first = text.lstrip("\n").partition("\n")[0].strip()
    return first if first.endswith((",", "!")) and len(first) <= _LONGEST_FACT else ""


def valediction(text: str) -> str:
    """How a letter ends: its last words and the name below them, if it reads so; else empty."""
    closing = text.strip("\n").rpartition("\n\n")[2]
    words, _, name = closing.partition("\n")
    signed = words.rstrip().endswith(",") and name.strip() and "\n" not in name
    return closing if signed and len(closing) <= _LONGEST_FACT else ""


# ---------------------------------------------------------------- the parts of a letter


def _text(facts: LetterFacts, known: Mapping[str, str], seed: Seed) -> str:
    say = _Speaker(known, seed)
    greeting = phrases.GREETINGS[facts.voice] if known["first_name"] else "Hello,"
    why = (
        say(_opening(facts), "opening"),
        say(_common(facts, known), "common"),
        say(_offer(facts), "offer"),
    )
    asks = (
        say(_ask(facts), "ask"),
        say(_where(facts, known), "where"),
        say(_how(facts), "how"),
        say(_out(facts), "out"),
    )
    ask = " ".join(filter(None, asks))
    closing = f"{say(phrases.CLOSINGS[facts.voice], 'closing')}\n{known['my_first_name']}"
    return "\n\n".join([greeting.format_map(known), " ".join(filter(None, why)), ask, closing])


def _title(facts: LetterFacts) -> str:
    """Both names: it stands in both calendars."""
    names = [facts.guest_name, facts.my_name]
    if facts.voice not in phrases.FORMAL and not facts.upward:
        names = [called(each) or each for each in names]
    guest, mine = map(_line, names)
    return (
        f"{phrases.NAMES[facts.format]}: {guest} and {mine}"
        if guest
        else (f"{phrases.NAMES[facts.format]} with {mine}")
    )


def _opening(facts: LetterFacts) -> Sentences:
    if facts.restarts and facts.voice is not Voice.TO_MEET:
        return phrases.RESTART_SENIOR if facts.upward else phrases.RESTART
    if facts.voice is Voice.SENIOR and facts.lapsed:
        return phrases.LAPSED_SENIOR
    return phrases.OPENINGS[facts.voice]


def _common(facts: LetterFacts, known: Mapping[str, str]) -> Sentences:
    """What they share, one thing of it: what the owner noted, else what both calendars show.

    Failing that how they met; with a stranger, why one writes at all.
    """
    stranger = facts.voice is Voice.TO_MEET
    if "common_clause" in known:
        return phrases.COMMON_CLAUSE_TO_MEET if stranger else phrases.COMMON_CLAUSE
    if known["common_ground"]:
        return phrases.COMMON_TO_MEET if stranger else phrases.COMMON
    if stranger:
        return phrases.WHY_TO_MEET
    for name, sentences in _SEEN_BY_BOTH.items():
        if known[name]:
            return sentences
    return phrases.HOW_MET if facts.voice in phrases.RECALLS_HOW_MET else ()


def _offer(facts: LetterFacts) -> Sentences:
    return phrases.OFFERS_TO_MEET if facts.voice is Voice.TO_MEET else phrases.OFFERS


def _ask(facts: LetterFacts) -> Sentences:
    if facts.upward:
        return phrases.ASKS_UPWARD
    return phrases.ASKS_TO_MEET if facts.voice is Voice.TO_MEET else phrases.ASKS[facts.format]


def _where(facts: LetterFacts, known: Mapping[str, str]) -> Sentences:
    if not facts.in_person:
        if known["place"]:
            return phrases.LINKS if "://" in known["place"] else phrases.LINKS[:1]
        if facts.format is not Format.CALL:
            return phrases.LINK_TO_COME
        return phrases.NUMBERS if known["phone"] else phrases.NUMBER_TO_COME
    if known["place"]:
        return phrases.PLACES
    return phrases.CITIES if known["city"] else phrases.ANYWHERE


def _how(facts: LetterFacts) -> Sentences:
    return phrases.OR_AFAR if facts.in_person and facts.ask_how else ()


def _out(facts: LetterFacts) -> Sentences:
    if facts.voice is Voice.TO_MEET:
        return phrases.OUTS_TO_MEET
    if facts.upward:
        return phrases.OUTS_UPWARD
    return phrases.OUTS_FORMAL if facts.voice in phrases.FORMAL else phrases.OUTS


class _Speaker:
    """Picks one of several sentences, of those whose facts are known, and fills it in."""

    def __init__(self, known: Mapping[str, str], seed: Seed) -> None:
        self.known = known
        self.seed = seed

    def __call__(self, sentences: Sentences, part: str) -> str:
        usable = [
            each for each in sentences if all(self.known.get(name) for name in placeholders(each))
        ]
        if not usable:
            return ""
        return usable[turn(self.seed, part) % len(usable)].format_map(self.known)


def turn(seed: Seed, part: str) -> int:
    """A number to choose by, for one part of a letter; the next generation has the next one."""
    digest = hashlib.sha256(f"{part}:{seed.key}".encode()).digest()
    return int.from_bytes(digest[:8]) + seed.generation


def _known(facts: LetterFacts, seed: Seed) -> Mapping[str, str]:
    """Every fact by its placeholder's name, as it may stand inside a sentence."""
    ground = [each for each in map(_phrase, map(clause, facts.common_ground)) if each]
    shared = ground[turn(seed, "ground") % len(ground)] if ground else ""
    known = {
        "first_name": _line(called(facts.guest_name)),
        "name": _line(facts.guest_name),
        "my_first_name": _line(called(facts.my_name) or facts.my_name),
        "my_name": _line(facts.my_name),
        "organisation": _phrase(facts.organisation),
        "my_organisation": _phrase(facts.my_organisation),
        "format": phrases.THINGS[facts.format],
        "thing": phrases.THINGS[facts.format],
        "time": facts.time,
        "place": _line(facts.place),
        "city": _phrase(facts.city) if not re.search(r"\d", facts.city) else "",
        "phone": _line(facts.phone),
        "since": facts.since,
        "meeting": _line(facts.meeting),
        "quiet": _line(facts.quiet),
        "event": _line(facts.event),
        "common_ground": shared,
        "offer": _phrase(facts.offer),
        "how_met": _phrase(re.sub(r"^(we )?met\b[:,]?", "", facts.how_met, flags=re.IGNORECASE)),
    }
    if whole := re.fullmatch(r"(?:we )?(?P<rest>(?:both|share|are|were|have) .+)", shared):
        known["common_clause"] = f"we {whole['rest']}"
    return known


def _line(text: str, most: int = _LONGEST_FACT) -> str:
    """On one line, cut where it is far too long."""
    plain = " ".join(one_line(text).split())
    return plain if len(plain) <= most else plain[: most - 1].rstrip() + "…"


def _phrase(text: str) -> str:
    """As `_line`, to stand inside a sentence: no full stop, no capital on a small word."""
    plain = _line(text).rstrip(".!; ")
    first, space, rest = plain.partition(" ")
    small = {"We", "Both", "The", "A", "An", "Our", "At", "In", "On", "Through", "Via"}
    return first.lower() + space + rest if first in small else plain


# ---------------------------------------------------------------- for review


class Example(NamedTuple):
    """One invitation as it could go out, to invented people."""

    voice: Voice
    format: Format
    title: str
    text: str


def all_examples() -> tuple[Example, ...]:
    """Invitations that between them use every sentence there is, for a reader to judge."""
    return tuple(_examples())


_EXAMPLE_TIMES: Final = MappingProxyType(
    {Format.LUNCH: "12:00", Format.DRINK: "17:30", Format.EVENT: "18:00"}
)

_TIED: Final = (Voice.COLLEAGUE, Voice.SENIOR, Voice.PARTNER)
_TIES: Final[tuple[Mapping[str, Any], ...]] = (
    {"restarts": True},
    {"meeting": "Steering group"},
    {"quiet": "Green Office committee"},
    {"event": "Nordic Product Day"},
    {"common_ground": ("school: KTH",), "ask_how": True},
    {"offer": "our notes on pricing in the north"},
    {"offer": "an introduction to Raj Patel", "common_ground": ("the coast path",)},
)

_EXAMPLE_PLACES: Final = MappingProxyType(
    {Format.COFFEE: "Café Linden", Format.VIRTUAL_COFFEE: "https://meet.example.com/olle"}
)
_EXAMPLE_GROUND: Final = (("the coast path",), (), ("we both once lived in Porto",), ())


def _examples() -> Iterator[Example]:
    for voice, format_, case in product(Voice, Format, range(len(_EXAMPLE_GROUND))):
        met, named = voice is not Voice.TO_MEET, case % 2 == 0
        facts = LetterFacts(
            guest_name="Ana Silva",
            my_name="Olle Owner",
            voice=voice,
            format=format_,
            time=f"Tuesday 24 November at {_EXAMPLE_TIMES.get(format_, '09:30')}",
            in_person=format_ not in (Format.CALL, Format.VIRTUAL_COFFEE),
            since=("since March", "for about a year")[case % 3 == 0] if met else "",
            upward=voice is Voice.SENIOR,
            lapsed=case > 1,
            place=_EXAMPLE_PLACES.get(format_, "") if named else "",
            city="Lund" if format_ is Format.WALK else "",
            phone="+46 40 000 00 00" if named else "",
            organisation="Example Ltd" if case < len(_EXAMPLE_GROUND) - 1 else "",
            my_organisation="Sample & Co" if named else "",
            how_met="at the harbour fair in Malmö",
            common_ground=_EXAMPLE_GROUND[case],
            offer="" if met or named else "our notes on pricing in the north",
        )
        yield Example(voice, format_, *worded(facts, Seed(f"{voice} {format_}", case)))
    yield from _examples_of_ties()


def _examples_of_ties() -> Iterator[Example]:
    """What calendars show of two people, and asking how to meet, twice each."""
    for number, (voice, facts) in enumerate(product(_TIED, _TIES)):
        usual = LetterFacts(
            guest_name="Ana Silva",
            my_name="Olle Owner",
            voice=voice,
            format=Format.COFFEE,
            time="Tuesday 24 November at 09:30",
            in_person=True,
            since="since March",
            upward=voice is Voice.SENIOR,
            place="Café Linden",
        )
        letter = replace(usual, **facts)
        for generation in (number, number + 1):
            yield Example(voice, Format.COFFEE, *worded(letter, Seed("ties", generation)))
