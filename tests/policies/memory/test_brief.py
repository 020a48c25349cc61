from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from itertools import product
from typing import Any

import pytest

from policies.audit.cadence import standing
from policies.memory.brief import (
    BriefFacts,
    Coming,
    Met,
    News,
    Part,
    brief,
    openers,
    questions,
    title,
)
from policies.memory.favour import Favour, FavourNumber
from policies.memory.promise import Promise, PromiseNumber, PromiseState
from policies.memory.thanks import Occasion, Thanks, ThanksNumber, thanks_for
from policies.people.person import (
    Boundaries,
    Intent,
    Person,
    PersonId,
    PrivateNotes,
    Quality,
    Relation,
    Seniority,
)
from policies.rules import CadenceRules
from tests.make import person

TODAY = date(2026, 3, 31)
ANA = replace(
    person("Ana Silva"),
    relation=Relation.CLIENT,
    organisation="Example Ltd",
    role="head of research",
    intent=Intent.WIN_BUSINESS,
    seniority=Seniority.DIRECTOR,
    to_give=("the benchmark figures",),
    notes=PrivateNotes("CANARY"),
)


def facts(who: Person = ANA, last: int | None = 72, **fields: object) -> BriefFacts:
    day = None if last is None else TODAY - timedelta(days=last)
    made = BriefFacts(standing(who, day, None, TODAY, CadenceRules()))
    return replace(made, **fields)  # type: ignore[arg-type]


def part(found: tuple[Part, ...], heading: str) -> tuple[str, ...]:
    return next((each.lines for each in found if each.heading == heading), ())


def test_a_brief_tells_what_a_good_networker_would_remember() -> None:
    promise = Promise(PromiseNumber(1), ANA.id, True, "the paper", TODAY, date(2026, 4, 2))
    thanks = Thanks(ThanksNumber(1), *thanks_for(ANA.id, Occasion.HELP, "her draft", TODAY))
    favour = Favour(FavourNumber(1), ANA.id, False, "read my draft", TODAY)

    found = brief(
        facts(
            coming=Coming("coffee", "Thu 2 Apr at 09:30", "Café Linden"),
            met=(Met(date(2026, 1, 18), "Lunch Ana"), Met(date(2025, 11, 3), "")),
            promises=(promise, replace(promise, state=PromiseState.KEPT, what="old")),
            thanks=(thanks,),
            favours=(favour,),
            ground=("the coast path",),
        )
    )
    assert dict(found) == {
        "Who": (
            "head of research, Example Ltd; client; priority A",
            "You want: to win business",
        ),
        "History": (
            "Last contact 72 days ago; the ideal gap is 21 days, the longest 35.",
            "Sun 18 Jan: Lunch Ana",
            "Mon 3 Nov 2025: a meeting",
        ),
        "Common ground": ("the coast path",),
        "Between you": (
            "To Ana: the paper, by Thu 2 Apr",
            "Thank Ana: her draft, by Fri 3 Apr",
            "Asked or had since you last gave: read my draft",
        ),
        "To give": ("the benchmark figures",),
        "Ask": (
            "What has to go right for you this year?",
            "What has changed for you since we last worked on something?",
            "What would make you glad you chose us a year from now?",
        ),
    }


def test_its_title_says_who_how_and_when() -> None:
    coming = Coming("coffee", "Thu 2 Apr at 09:30", "Café Linden")

    assert title(facts()) == "Ana Silva"
    assert title(facts(coming=coming)) == "Ana Silva: coffee, Thu 2 Apr at 09:30, Café Linden"
    assert title(facts(coming=Coming("call", "today"))) == "Ana Silva: call, today"


def test_private_notes_are_no_part_of_it() -> None:
    assert "CANARY" not in str(brief(facts()))


def test_after_as_many_asks_as_the_owner_allows_it_says_to_give_first() -> None:
    asked = tuple(Favour(FavourNumber(n), ANA.id, False, f"{n}", TODAY) for n in range(3))

    strict = facts(favours=asked[:1], asks_before_giving=1)
    assert part(brief(strict), "To give")[-1].startswith("You asked once")
    assert part(brief(facts(favours=asked[:2])), "To give") == ("the benchmark figures",)

    assert part(brief(facts(favours=asked)), "To give")[-1].startswith("You asked 3 times")


def test_what_was_achieved_since_they_met_is_told_for_four_months() -> None:
    news = tuple(
        News(days, f"{days} days ago", TODAY - timedelta(days=days))
        for days in (1, 50, 72, 119, 121)
    )

    told = part(brief(facts(news=news)), "To tell")
    assert [each.partition(" (")[0] for each in told] == [
        "1 days ago",
        "50 days ago",
        "72 days ago",
    ]
    told = part(brief(facts(last=None, news=news[3:])), "To tell")
    assert told == ("119 days ago (Tue 2 Dec 2025)",)


@pytest.mark.parametrize(
    ("changes", "format_", "unanswered", "said"),
    [
        ({}, "coffee", 0, ""),
        ({}, "Lunch with Ana", 0, "plan to pay"),
        ({"seniority": None}, "lunch", 0, ""),
        ({"seniority": None, "relation": Relation.SENIOR_LEADER}, "lunch", 0, "plan to pay"),
        ({"phone": "+46 40 000"}, "call", 0, "Ring them: +46 40 000"),
        ({"phone": "+46 40 000"}, "coffee", 0, ""),
        ({}, "coffee", 1, ""),
        ({}, "coffee", 2, "Your last 2 invitations had no answer"),
        ({"quality": Quality.POOR}, "coffee", 0, "ask how it is for them"),
        ({"boundaries": Boundaries(at_most_a_year=3)}, "coffee", 0, "at most 3 times a year"),
    ],
)
def test_what_the_situation_asks_for_is_said(
    changes: dict[str, Any], format_: str, unanswered: int, said: str
) -> None:
    made = facts(replace(ANA, **changes), coming=Coming(format_, "today"), unanswered=unanswered)

    (line,) = part(brief(made), "Keep in mind") or ("",)
    assert bool(line) is bool(said)
    assert said in line


@pytest.mark.parametrize(("relation", "intent"), list(product(Relation, (None, *Intent))))
def test_there_are_always_three_different_questions(
    relation: Relation, intent: Intent | None
) -> None:
    who = replace(ANA, relation=relation, intent=intent)

    for last in (None, 72):
        asked = questions(facts(who, last))
        assert len(set(asked)) == len(asked) == 3
        assert all(each.endswith("?") for each in asked)


def test_a_goal_and_a_first_meeting_have_questions_of_their_own() -> None:
    asked = questions(facts(last=None, goals=("Lead a team", "Move to Lund")))

    assert asked[0] == "How did you come to do what you do?"
    assert asked[2] == "On “Lead a team”: what would you do first, and whom else to talk to?"


def test_no_two_people_are_opened_with_the_same_question() -> None:
    leader = replace(person("Mei Lin"), relation=Relation.SENIOR_LEADER)
    others = [replace(leader, id=PersonId(f"mei-{n}")) for n in range(2)]
    stranger, unknown = facts(ANA, None).standing, facts(person("Raj Patel")).standing

    found = openers([*(facts(each).standing for each in (leader, *others)), unknown, stranger])
    assert len(set(found[:2])) == 2
    assert found[2:4] == ("", "")
    assert found[4] == "What has to go right for you this year?"


def test_what_is_wanted_is_said_as_a_sentence() -> None:
    mentor = replace(ANA, intent=Intent.MENTOR, goals=("lead a team",), how_met="in Malmö")

    assert part(brief(facts(person("Raj Patel"))), "Who") == ("priority A",)
    assert part(brief(facts(mentor)), "Who")[1:] == (
        "You want: mentor; lead a team",
        "How you met: in Malmö",
    )
