"""Goals that many people have, by career phase: whom they need, and how one begins."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from enum import StrEnum
from types import MappingProxyType
from typing import Final, NamedTuple

from policies.goals.goal import Goal, Role, Step
from policies.people.person import Seniority

_USUAL: Final = (Role.DECIDES,)


class Phase(StrEnum):
    """Where in a working life somebody is."""

    STARTING = "starting"
    GROWING = "growing"
    LEADING = "leading"
    CHANGING = "changing"
    INDEPENDENT = "independent"


class FirstStep(NamedTuple):
    """How to begin, so many days from now."""

    text: str
    days: int


class Template(NamedTuple):
    """A goal to start from: ``question`` asks for the why, ``roles`` are whom it needs."""

    title: str
    question: str
    phases: tuple[Phase, ...]
    roles: tuple[Role, ...]
    steps: tuple[FirstStep, ...]
    level: Seniority | None = None


TEMPLATES: Final[Mapping[str, Template]] = MappingProxyType(
    {
        "find-my-feet": Template(
            "Find my feet in a new role",
            "What has to go well in the first half year, and who will judge it?",
            (Phase.STARTING, Phase.CHANGING),
            (Role.DECIDES, Role.INFLUENCES, Role.MENTOR),
            (
                FirstStep("Ask my manager whom I should meet in the first ninety days", 7),
                FirstStep("Have a first coffee with five of them", 42),
            ),
        ),
        "know-a-function": Template(
            "Know another function",
            "What do they do that I depend on, or would like to do?",
            (Phase.STARTING, Phase.GROWING),
            (Role.OPENS_DOORS, Role.INFLUENCES),
            (
                FirstStep("Find out who is who there", 14),
                FirstStep("Ask someone there to show me a day of their work", 42),
            ),
        ),
        "find-a-mentor": Template(
            "Find a mentor",
            "What do I want to learn that nobody near me can teach?",
            (Phase.STARTING, Phase.GROWING, Phase.CHANGING),
            (Role.MENTOR, Role.OPENS_DOORS),
            (
                FirstStep("Write down three people who do well what I want to learn", 14),
                FirstStep("Ask one of them for half an hour and one question", 42),
            ),
        ),
        "senior-visibility": Template(
            "Be visible at senior level",
            "What should they know about my work that they do not know today?",
            (Phase.GROWING, Phase.LEADING),
            (Role.DECIDES, Role.ADVOCATE, Role.OPENS_DOORS),
            (
                FirstStep("Tell my manager which result I would like to present, and to whom", 21),
                FirstStep("Join a committee or a programme that senior people care about", 60),
            ),
            Seniority.DIRECTOR,
        ),
        "earn-a-promotion": Template(
            "Earn the next promotion",
            "Who is in the room when it is decided, and what do they have to believe?",
            (Phase.GROWING, Phase.LEADING),
            (Role.DECIDES, Role.INFLUENCES, Role.ADVOCATE),
            (
                FirstStep("Find out who decides, and when", 14),
                FirstStep("Ask for honest feedback from one of them", 42),
            ),
        ),
        "lead-a-team": Template(
            "Build a team that works together",
            "What should the team do in a year that it cannot do now?",
            (Phase.LEADING,),
            (Role.DECIDES, Role.INFLUENCES, Role.MENTOR),
            (
                FirstStep("Have a talk with everyone on the team that is not about tasks", 30),
                FirstStep("Agree with the neighbouring teams on what each needs", 60),
            ),
        ),
        "board-seat": Template(
            "Win a seat on a board or a committee",
            "Which one, and what would I bring that it lacks?",
            (Phase.LEADING, Phase.INDEPENDENT),
            (Role.DECIDES, Role.OPENS_DOORS, Role.ADVOCATE),
            (
                FirstStep("Ask a member how people are chosen", 30),
                FirstStep("Volunteer for a piece of its work", 90),
            ),
        ),
        "move-industry": Template(
            "Move to another industry",
            "What of what I can do is worth more there?",
            (Phase.CHANGING,),
            (Role.OPENS_DOORS, Role.MENTOR, Role.DECIDES),
            (
                FirstStep("List everyone I know who works there, or used to", 7),
                FirstStep("Ask three of them what surprised them about it", 42),
                FirstStep("Go to one event of that industry", 60),
            ),
        ),
        "find-a-job": Template(
            "Find the next job",
            "What must the next job have, and what must it not have?",
            (Phase.CHANGING,),
            (Role.DECIDES, Role.OPENS_DOORS, Role.ADVOCATE),
            (
                FirstStep("Tell ten people who like my work that I am looking", 14),
                FirstStep("Ask each for one name", 30),
            ),
        ),
        "come-back": Template(
            "Come back after time away",
            "What has changed, and who can tell me honestly?",
            (Phase.CHANGING,),
            (Role.OPENS_DOORS, Role.ADVOCATE),
            (
                FirstStep("Write to five former colleagues, asking for nothing", 14),
                FirstStep("Have coffee with two who stayed", 42),
            ),
        ),
        "repeat-business": Template(
            "Win repeat business",
            "Which clients would come back if somebody thought of asking?",
            (Phase.INDEPENDENT, Phase.LEADING),
            (Role.DECIDES, Role.INFLUENCES),
            (
                FirstStep("List the clients of the last three years, and who signed", 14),
                FirstStep("Ask one how it has worked out since, and offer nothing yet", 30),
            ),
        ),
        "win-referrals": Template(
            "Be recommended to new clients",
            "Who hears first when somebody needs what I do?",
            (Phase.INDEPENDENT,),
            (Role.ADVOCATE, Role.OPENS_DOORS),
            (
                FirstStep("Write in two sentences whom I can help, for others to pass on", 14),
                FirstStep("Thank everyone who recommended me, and say what came of it", 30),
            ),
        ),
        "pass-it-on": Template(
            "Pass on what I know",
            "Whom would I have liked to have at that age, and for whom can I be it?",
            (Phase.LEADING, Phase.INDEPENDENT),
            (Role.OPENS_DOORS,),
            (
                FirstStep("Offer one younger colleague an hour a month", 30),
                FirstStep("Introduce two people who should know each other", 30),
            ),
        ),
    }
)
"""The templates by key, in the order of a working life."""


def of_phase(phase: Phase | None) -> Mapping[str, Template]:
    """The templates of a phase; all of them for ``None``."""
    return {key: each for key, each in TEMPLATES.items() if phase is None or phase in each.phases}


def begun(template: Template, today: date) -> tuple[Step, ...]:
    """The first steps as they stand in the plan on the day the goal is listed."""
    return tuple(Step(each.text, today + timedelta(days=each.days)) for each in template.steps)


def roles_needed(goal: Goal) -> tuple[Role, ...]:
    """Whom a goal cannot do without: as its template says, else somebody who decides."""
    template = TEMPLATES.get(goal.template)
    return template.roles if template else _USUAL


def next_review(today: date) -> date:
    """When a goal is to be looked at again: in a quarter."""
    return today + timedelta(weeks=13)


def titled(key: str, function: str) -> str:
    """The title of a goal made from a template: `Know another function: Finance`."""
    title = TEMPLATES[key].title
    return f"{title}: {function}" if function else title
