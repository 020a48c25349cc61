"""Four invented owners: whom they want to keep up with, how full their days are, what they allow.

Everything follows from a persona and its seed: the same people, meetings and answers each time.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Final

from policies.hours import parse_hours
from policies.people.person import Format, Person, PersonId, Priority, Relation, Seniority
from policies.rules import EtiquetteRules, Owner, Rules, SlotRules
from tests.make import OWNER

BEGIN: Final = date(2026, 1, 5)
"""A Monday: the first day with Fika."""
_FIRST: Final = (
    "Ada", "Amir", "Bela", "Chen", "Dana", "Elio", "Fay", "Gus", "Hana", "Ivo", "Jun", "Kaia",
    "Leo", "Mina", "Noa", "Omar", "Pia", "Rui", "Sol", "Tess", "Uma", "Vik", "Wren", "Yara", "Zoe",
)  # fmt: skip
_LAST: Final = (
    "Berg", "Costa", "Dahl", "Eriksen", "Falk", "Garcia", "Holm", "Ito", "Jansen", "Kaya", "Lund",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Group:
    """So many people alike.

    ``rhythm`` is after how many days they meet the owner by themselves, 0 for never. ``since``
    is how many days before the year the last contact was, at least and at most; without it they
    are still to meet.
    """

    count: int
    priority: Priority
    relation: Relation
    rhythm: int = 0
    since: tuple[int, int] | None = None
    seniority: Seniority | None = None
    formats: tuple[Format, ...] = ()


@dataclass(frozen=True, slots=True)
class Persona:
    """``meetings`` are how many a day fill the diary, fewest and most, Monday first.

    ``leave`` are weeks of the year without any work. ``answers`` are the shares of guests who
    accept and who decline; the rest stays silent.
    """

    key: str
    name: str
    story: str
    seed: int
    zone: str
    groups: tuple[Group, ...]
    meetings: tuple[tuple[int, int], ...]
    leave: tuple[int, ...]
    per_week: int = 3
    hours: str = "Mon-Fri 08:30-17:30"
    answers: tuple[float, float] = (0.7, 0.12)

    @property
    def owner(self) -> Owner:
        return replace(OWNER, zone=self.zone, hours=parse_hours(self.hours))

    @property
    def rules(self) -> Rules:
        return replace(
            Rules(),
            slots=replace(SlotRules(), per_week=self.per_week),
            etiquette=replace(EtiquetteRules(), per_week=self.per_week),
        )


def people(persona: Persona) -> Iterator[tuple[Person, Group, date | None]]:
    """Everyone on the list, the group they are of, and the day of the last contact."""
    chance = random.Random(persona.seed)
    names = [f"{first} {last}" for last in _LAST for first in _FIRST]
    chance.shuffle(names)
    for group in persona.groups:
        for _ in range(group.count):
            name = names.pop()
            person = Person(
                id=PersonId(name.lower().replace(" ", "-")),
                name=name,
                addresses=(f"{name.lower().replace(' ', '.')}@example.com",),
                priority=group.priority,
                relation=group.relation,
                seniority=group.seniority,
                formats=group.formats,
                listed_on=BEGIN - timedelta(days=1),
            )
            ago = chance.randint(*group.since) if group.since else None
            yield person, group, None if ago is None else BEGIN - timedelta(days=ago)


A, B, C, D = Priority
_STEADY: Final = ((3, 5),) * 4 + ((2, 4),)

PERSONAS: Final = (
    Persona(
        key="new-manager",
        name="The new manager",
        story=(
            "Nine reports with one-to-ones that happen anyway, a manager, and everyone in other"
            " functions and above still to be met. Four or five meetings a day."
        ),
        seed=11,
        zone="Europe/Stockholm",
        groups=(
            Group(9, B, Relation.TEAM, rhythm=14, since=(3, 14)),
            Group(1, A, Relation.MANAGER, rhythm=7, since=(2, 6)),
            Group(4, A, Relation.SENIOR_LEADER, seniority=Seniority.EXECUTIVE),
            Group(8, B, Relation.OTHER_FUNCTION),
            Group(6, C, Relation.OTHER_FUNCTION, since=(60, 300)),
            Group(4, C, Relation.MENTOR, since=(90, 500)),
        ),
        meetings=((4, 6),) * 4 + ((2, 4),),
        leave=(28, 29, 30, 31, 52),
    ),
    Persona(
        key="consultant",
        name="The consultant",
        story=(
            "With the client from Monday to Thursday, all day; Friday is what is left. Clients of"
            " today see them anyway, those of yesterday and the partners of the firm do not."
        ),
        seed=23,
        zone="Europe/Berlin",
        groups=(
            Group(5, A, Relation.CLIENT, rhythm=20, since=(5, 20)),
            Group(8, B, Relation.CLIENT, since=(60, 200), formats=(Format.CALL, Format.COFFEE)),
            Group(5, B, Relation.SENIOR_LEADER, since=(40, 160), seniority=Seniority.DIRECTOR),
            Group(14, C, Relation.CLIENT, since=(150, 600)),
            Group(8, D, Relation.COMMUNITY, since=(200, 700)),
        ),
        meetings=((6, 8),) * 4 + ((2, 3),),
        leave=(7, 32, 33, 34, 52),
    ),
    Persona(
        key="account-lead",
        name="The account lead",
        story=(
            "Fifty-six people at customers and suppliers, a third of whom come by each quarter;"
            " the six who decide should hear of them every three weeks."
        ),
        seed=37,
        zone="Europe/London",
        groups=(
            Group(6, A, Relation.CLIENT, since=(10, 60), seniority=Seniority.DIRECTOR),
            Group(12, B, Relation.CLIENT, rhythm=80, since=(10, 90)),
            Group(14, B, Relation.CLIENT, since=(20, 150)),
            Group(8, C, Relation.SUPPLIER, rhythm=90, since=(20, 120)),
            Group(8, C, Relation.PARTNER, since=(60, 400)),
            Group(8, D, Relation.COMMUNITY, since=(100, 700)),
        ),
        meetings=_STEADY,
        leave=(14, 31, 32, 52),
        per_week=4,
    ),
    Persona(
        key="job-seeker",
        name="The job seeker",
        story=(
            "An almost empty calendar, people of former jobs not met for a year, a dozen who hire"
            " and are still to meet, and a third of all invitations without an answer."
        ),
        seed=53,
        zone="Europe/Amsterdam",
        groups=(
            Group(12, B, Relation.COMMUNITY, seniority=Seniority.DIRECTOR),
            Group(4, A, Relation.MENTOR, since=(30, 200)),
            Group(14, B, Relation.FRIEND, since=(250, 700)),
            Group(16, C, Relation.COMMUNITY, since=(300, 800)),
        ),
        meetings=((0, 2),) * 5,
        leave=(30, 52),
        per_week=5,
        hours="Mon-Fri 09:00-18:00",
        answers=(0.52, 0.13),
    ),
)
