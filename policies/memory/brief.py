"""What to look at before a coffee: history, common ground, what stands open, what to ask.

It is for the owner's own eyes. Private notes are no part of it: who shows them asks for them.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, timedelta
from types import MappingProxyType
from typing import Final, NamedTuple

from policies.audit.cadence import Standing
from policies.frozen import frozen
from policies.memory.favour import Favour, gives_first_since, unreturned
from policies.memory.promise import Promise, by_urgency, promise_said
from policies.memory.thanks import Thanks, by_due, thanks_said
from policies.people.naming import called
from policies.people.person import Intent, Person, Quality, Relation
from policies.rules import EtiquetteRules
from policies.spoken import day_said
from policies.text import shown

QUESTIONS: Final = 3
_HISTORY, _LINE = 3, 200
_NEWS_LASTS: Final = timedelta(days=120)


class Coming(NamedTuple):
    """The meeting it is for, in words: `coffee`, `Tue 3 Mar at 09:30`, and where."""

    format: str
    when: str
    place: str = ""


class Met(NamedTuple):
    """An earlier meeting: its day, and what it was called."""

    day: date
    what: str


@frozen
class News:
    """Something the owner achieved, worth telling for a while."""

    number: int
    what: str
    day: date


@frozen
class BriefFacts:
    """Everything a brief is made from.

    ``met`` is newest first. ``promises``, ``thanks`` and ``favours`` are those with this person.
    ``goals`` are titles of goals they can help with; ``ground`` what is shared, in words; ``news``
    is newest first. ``unanswered`` counts the last invitations without an answer.
    """

    standing: Standing
    coming: Coming | None = None
    met: Sequence[Met] = ()
    promises: Sequence[Promise] = ()
    thanks: Sequence[Thanks] = ()
    favours: Sequence[Favour] = ()
    goals: Sequence[str] = ()
    ground: Sequence[str] = ()
    news: Sequence[News] = ()
    unanswered: int = 0
    asks_before_giving: int = EtiquetteRules().asks_before_giving

    @property
    def person(self) -> Person:
        return self.standing.person


class Part(NamedTuple):
    """A heading and the lines below it."""

    heading: str
    lines: tuple[str, ...]


def brief(facts: BriefFacts) -> tuple[Part, ...]:
    """The parts that have something to say; the questions to ask are always the last."""
    parts = (
        Part("Who", tuple(_who(facts))),
        Part("History", tuple(_history(facts))),
        Part("Common ground", tuple(shown(each, _LINE) for each in facts.ground)),
        Part(
            "Between you",
            tuple(
                between(
                    facts.person,
                    facts.standing.today,
                    facts.promises,
                    facts.thanks,
                    facts.favours,
                )
            ),
        ),
        Part("To give", tuple(_to_give(facts))),
        Part("To tell", tuple(_to_tell(facts))),
        Part("Keep in mind", tuple(_keep_in_mind(facts))),
        Part("Ask", questions(facts)),
    )
    return tuple(each for each in parts if each.lines)


def title(facts: BriefFacts) -> str:
    """`Ana Silva: coffee, Tue 3 Mar at 09:30, Café Linden`."""
    name = shown(facts.person.name)
    if facts.coming is None:
        return name
    return f"{name}: {', '.join(filter(None, facts.coming))}"


def questions(facts: BriefFacts) -> tuple[str, ...]:
    """Three to ask: from what you want of the relationship, from a goal, from what they are.

    Questions are open, about them before about you, and none asks for a favour.
    """
    person = facts.person
    found = [
        *_first_meeting(facts),
        *(_BY_INTENT[person.intent] if person.intent else ())[:1],
        *(f"On “{shown(goal)}”: what would you do first, and whom else to talk to?"
          for goal in facts.goals[:1]),
        *_in_turn(_BY_RELATION.get(person.relation, ()), person),
        *(_BY_INTENT[person.intent] if person.intent else ())[1:],
        *_ALWAYS,
    ]  # fmt: skip
    return tuple(dict.fromkeys(found))[:QUESTIONS]


def _in_turn(asked: Sequence[str], person: Person) -> Sequence[str]:
    """Two people in the same relation are not asked the same first."""
    first = sum(map(ord, person.id)) % len(asked) if asked else 0
    return (*asked[first:], *asked[:first])


def between(
    person: Person,
    today: date,
    promises: Iterable[Promise],
    thanks: Iterable[Thanks],
    favours: Iterable[Favour],
) -> Iterator[str]:
    """What stands open between the owner and ``person``, of whom all of it is."""
    name = shown(called(person.name) or person.name)
    for promise in by_urgency(each for each in promises if each.is_open):
        yield shown(promise_said(promise, name, today), _LINE)
    for each in by_due(each for each in thanks if each.is_due):
        yield shown(f"Thank {thanks_said(each, name, today)}", _LINE)
    for favour in unreturned(favours)[-_HISTORY:]:
        yield shown(f"Asked or had since you last gave: {favour.what}", _LINE)


def openers(standings: Iterable[Standing]) -> tuple[str, ...]:
    """A question to begin with for each; empty where no more is known than the name, or all that
    would fit are another's already.
    """
    asked = {"", _FIRST, *_ALWAYS}
    found: list[str] = []
    for each in standings:
        new = (one for one in questions(BriefFacts(each)) if one not in asked)
        found.append(next(new, ""))
        asked.add(found[-1])
    return tuple(found)


def _who(facts: BriefFacts) -> Iterator[str]:
    person = facts.person
    work = ", ".join(filter(None, (person.role, person.function, person.organisation)))
    known = "" if person.relation is Relation.UNKNOWN else person.relation.value
    about = (work, known, f"priority {person.priority}")
    yield shown("; ".join(filter(None, about)), _LINE)
    if person.intent or person.goals:
        intent = person.intent.value if person.intent else ""
        wanted = f"to {intent}" if person.intent in _VERBS else intent
        yield shown(f"You want: {'; '.join(filter(None, (wanted, *person.goals)))}", _LINE)
    if person.how_met:
        yield shown(f"How you met: {person.how_met}", _LINE)


def _history(facts: BriefFacts) -> Iterator[str]:
    yield facts.standing.reason
    today = facts.standing.today
    for each in facts.met[:_HISTORY]:
        yield f"{day_said(each.day, today)}: {shown(each.what) or 'a meeting'}"


def _to_give(facts: BriefFacts) -> Iterator[str]:
    for each in facts.person.to_give:
        yield shown(each, _LINE)
    if gives_first_since(facts.favours, facts.asks_before_giving):
        asks = len(unreturned(facts.favours))
        times = "once" if asks == 1 else f"{asks} times"
        yield f"You asked {times} since you last gave: give before you ask again."


def _to_tell(facts: BriefFacts) -> Iterator[str]:
    """What happened since they last met, and lately: who is not told cannot vouch."""
    since = max(facts.standing.last or date.min, facts.standing.today - _NEWS_LASTS)
    for each in [each for each in facts.news if each.day >= since][:_HISTORY]:
        yield f"{shown(each.what, _LINE)} ({day_said(each.day, facts.standing.today)})"


def _keep_in_mind(facts: BriefFacts) -> Iterator[str]:
    """What the situation asks for, beyond words."""
    person, format_ = facts.person, facts.coming.format.lower() if facts.coming else ""
    if person.is_senior and "lunch" in format_:
        yield "You invited, so plan to pay. Listen more than you talk; have one idea of your own."
    if "call" in format_ and person.phone:
        yield f"Ring them: {shown(person.phone)}"
    if facts.unanswered > 1:
        yield f"Your last {facts.unanswered} invitations had no answer: keep it light and short."
    if person.quality is Quality.POOR:
        yield "You rate this relationship as poor: ask how it is for them before you explain."
    if person.boundaries.at_most_a_year is not None:
        yield f"You want to ask at most {person.boundaries.at_most_a_year} times a year."


def _first_meeting(facts: BriefFacts) -> Iterable[str]:
    return () if facts.standing.last else (_FIRST,)


_VERBS: Final = frozenset(
    {Intent.GET_TO_KNOW, Intent.KNOW_BETTER, Intent.RECONNECT, Intent.MEND, Intent.LEARN,
     Intent.WORK_TOGETHER, Intent.WIN_BUSINESS, Intent.SUPPORT}
)  # fmt: skip
_BY_INTENT: Final[Mapping[Intent, tuple[str, ...]]] = MappingProxyType(
    {
        Intent.GET_TO_KNOW: (
            "What does a good week look like for you?",
            "What should people like me know about your part of the house?",
        ),
        Intent.KNOW_BETTER: (
            "What are you proud of lately that few people have noticed?",
            "What would you do with a free month?",
        ),
        Intent.RECONNECT: (
            "What has changed most for you since we last spoke?",
            "What are you looking forward to this year?",
        ),
        Intent.MEND: (
            "How has it been to work with me and my team lately?",
            "What is one thing I could do differently?",
        ),
        Intent.LEARN: (
            "What do you know now that you wish you had known earlier?",
            "What should I read, see or try first?",
        ),
        Intent.MENTOR: (
            "What would you do in my place over the next six months?",
            "What do you see me do that holds me back?",
        ),
        Intent.ADVOCATE: (
            "What do people like you need to see before they put a name forward?",
            "Which of my work should more people know of?",
        ),
        Intent.WORK_TOGETHER: (
            "Where do our plans touch in the next half-year?",
            "What would make working together easy for your side?",
        ),
        Intent.WIN_BUSINESS: (
            "What has to go right for you this year?",
            "What would you change about how it is done today?",
        ),
        Intent.SUPPORT: (
            "What takes most of your strength at the moment?",
            "What could I take off your hands?",
        ),
    }
)
_BY_RELATION: Final[Mapping[Relation, tuple[str, ...]]] = MappingProxyType(
    {
        Relation.TEAM: (
            "What is in your way that I could move?",
            "What would you like to be doing a year from now?",
        ),
        Relation.MANAGER: (
            "What matters most to you this quarter, and what should I stop doing?",
            "Where do you see me grow from here?",
        ),
        Relation.SENIOR_LEADER: (
            "What do you watch most closely this year?",
            "What do you wish more people at my level understood?",
        ),
        Relation.OTHER_FUNCTION: (
            "What does your team need from mine that it does not get?",
            "What are you measured by this year?",
        ),
        Relation.CLIENT: (
            "What has changed for you since we last worked on something?",
            "What would make you glad you chose us a year from now?",
        ),
        Relation.SUPPLIER: (
            "What makes us easy or hard to work for?",
            "What do your best customers do that we do not?",
        ),
        Relation.INVESTOR: (
            "What worries you about our market that we do not talk about?",
            "Whom do you know who has solved this before?",
        ),
        Relation.PARTNER: (
            "What would you like to try together next?",
            "What did we not do well last time?",
        ),
        Relation.COMMUNITY: (
            "What are you working on outside the group?",
            "Who else should be in the room?",
        ),
        Relation.MENTOR: (
            "Where am I fooling myself?",
            "What would you try if you were starting where I am?",
        ),
        Relation.FRIEND: ("How are you, really?", "What are you looking forward to?"),
    }
)
_FIRST: Final = "How did you come to do what you do?"
_ALWAYS: Final = (
    "What is on your mind at the moment?",
    "What are you working on that you enjoy?",
    "How can I be of use to you?",
)
