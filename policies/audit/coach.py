"""The audit as a page for a coach: the map, who decides, the plan, and what is missing.

Nobody sensitive is on it, nor anything that names them; no notes, no addresses, nothing of what
meetings were about.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from typing import Final, NamedTuple

from policies.audit.cadence import Standing, Status
from policies.audit.segments import segment
from policies.frozen import frozen
from policies.people.identity import folded
from policies.people.person import Person, Priority
from policies.rules import Owner
from policies.spoken import counted, long_day
from policies.text import shown

_SHORTEST: Final = 3  # letters; a shorter word of a name is found everywhere
_MARKDOWN: Final = re.compile(r"([\\`*_{}\[\]<>|#])")
_UNRATED: Final = "not rated"


class Row(NamedTuple):
    """One person as a coach sees them; the names of the fields do not change."""

    name: str
    priority: str
    status: str
    quality: str
    intent: str
    relation: str
    segment: str
    organisation: str
    function: str
    seniority: str
    decides: str
    last_contact: str
    days_over: int
    helps_with: str


@frozen
class CoachFacts:
    """What the page is made of.

    ``hidden`` are all who may not be named on it, whether among the ``standings`` or not. The
    ``plan`` has a heading and lines for each goal, ``gaps`` are a line each.
    """

    day: date
    owner: Owner
    standings: tuple[Standing, ...]
    hidden: tuple[Person, ...] = ()
    plan: tuple[tuple[str, ...], ...] = ()
    gaps: tuple[str, ...] = ()


def tellable(standings: Iterable[Standing]) -> tuple[Standing, ...]:
    """Those who may be on a list that leaves the machine."""
    return tuple(each for each in standings if not each.person.sensitive)


def names_nobody(text: str, people: Iterable[Person]) -> bool:
    """Whether none of these people is in a text, by any word of their name."""
    words = set(re.findall(r"\w+", folded(text)))
    return not any(words & _words(each) for each in people)


def rows(facts: CoachFacts) -> tuple[Row, ...]:
    return tuple(_row(each, facts.owner) for each in tellable(facts.standings))


def markdown(facts: CoachFacts) -> str:
    """The page; whatever names somebody sensitive is left out of plan and gaps, too."""
    told, hidden = tellable(facts.standings), facts.hidden
    blocks = (
        f"# Relationships of {_text(facts.owner.name)}, {long_day(facts.day)}",
        _counts(told),
        *_section("Status and quality", _matrix(told)),
        *_section("The map", _map(rows(facts))),
        *_section("Who decides", _influence(told)),
        *_section("The plan", _plan(facts.plan, hidden)),
        *_section("What is missing", _lines(facts.gaps, hidden)),
    )
    return "\n\n".join(blocks) + "\n"


def _row(one: Standing, owner: Owner) -> Row:
    person = one.person
    return Row(
        name=shown(person.name),
        priority=person.priority,
        status=one.status,
        quality=person.quality or "",
        intent=person.intent or "",
        relation=person.relation,
        segment=segment(person, owner),
        organisation=shown(person.organisation),
        function=shown(person.function),
        seniority=person.seniority or "",
        decides=", ".join(person.influence),
        last_contact=str(one.last or ""),
        days_over=one.days_over,
        helps_with=", ".join(map(shown, one.help.goals)),
    )


def _counts(standings: Sequence[Standing]) -> str:
    count = Counter(each.status for each in standings)
    said = [f"{count[each]} {'to meet' if each is Status.GREY else each}" for each in Status]
    people = counted(len(standings), "person")
    return f"{people}: {', '.join(said)}."


def _matrix(standings: Sequence[Standing]) -> Iterator[str]:
    """How many of each priority are on time, and how good the owner says it is."""
    qualities = ("strong", "fair", "poor", _UNRATED)
    yield _cells("priority", *Status, *qualities)
    yield _cells(*["---"] * (1 + len(Status) + len(qualities)))
    for priority in Priority:
        theirs = [each for each in standings if each.person.priority is priority]
        count = Counter(str(each.status) for each in theirs)
        count.update(str(each.person.quality or _UNRATED) for each in theirs)
        yield _cells(priority, *(str(count[each] or "") for each in (*Status, *qualities)))


def _map(found: Sequence[Row]) -> Iterator[str]:
    if not found:
        return
    yield _cells(*(name.replace("_", " ") for name in Row._fields))
    yield _cells(*["---"] * len(Row._fields))
    for each in found:
        yield _cells(*(_text(str(value)) for value in each))


def _influence(standings: Sequence[Standing]) -> Iterator[str]:
    found = sorted({what for each in standings for what in each.person.influence})
    for what in found:
        names = [
            f"{_text(each.person.name)} ({each.status}, {each.person.quality or _UNRATED})"
            for each in standings
            if what in each.person.influence
        ]
        yield f"- {what}: {', '.join(names)}"


def _plan(goals: Iterable[tuple[str, ...]], hidden: Sequence[Person]) -> Iterator[str]:
    for heading, *lines in goals:
        if names_nobody(heading, hidden):
            yield f"- {_text(heading)}"
            yield from (f"  - {_text(each)}" for each in lines if names_nobody(each, hidden))


def _lines(found: Iterable[str], hidden: Sequence[Person]) -> Iterator[str]:
    yield from (f"- {_text(each)}" for each in found if names_nobody(each, hidden))


def _section(heading: str, lines: Iterable[str]) -> Iterator[str]:
    if found := "\n".join(lines):
        yield f"## {heading}\n\n{found}"


def _cells(*values: str) -> str:
    return f"| {' | '.join(values)} |"


def _text(text: str) -> str:
    """Outside text that cannot be taken for Markdown."""
    return _MARKDOWN.sub(r"\\\1", shown(text, 400))


def _words(person: Person) -> set[str]:
    return {each for each in re.findall(r"\w+", folded(person.name)) if len(each) >= _SHORTEST}
