from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date, timedelta

import pytest

from policies.audit.cadence import Standing, standing
from policies.memory.favour import Favour, FavourNumber
from policies.memory.thanks import (
    Occasion,
    Thanks,
    ThanksNumber,
    ThanksState,
    ToThank,
    at_years_end,
    by_due,
    thanks_for,
    thanks_listed,
    thanks_said,
)
from policies.people.person import Boundaries, Person, PersonId, Priority, Relation
from policies.rules import CadenceRules
from tests.make import person

ANA = person("Ana Silva", Priority.B)
ADVENT = date(2026, 12, 6)


def stands(who: Person, last: date | None = date(2026, 5, 4), today: date = ADVENT) -> Standing:
    return standing(who, last, None, today, CadenceRules())


def helped(what: str = "read my draft", day: date = date(2026, 4, 1)) -> Favour:
    return Favour(FavourNumber(1), ANA.id, False, what, day)


@pytest.mark.parametrize(
    ("occasion", "days"), [(Occasion.INTRODUCTION, 2), (Occasion.HELP, 3), (Occasion.BY_HAND, 7)]
)
def test_thanks_are_due_while_it_is_fresh(occasion: Occasion, days: int) -> None:
    assert thanks_for(ANA.id, occasion, "it", ADVENT).due == ADVENT + timedelta(days=days)


CLIENT = replace(ANA, relation=Relation.CLIENT)


@pytest.mark.parametrize(
    ("who", "last", "favours", "why"),
    [
        (ANA, None, [helped()], "the year: read my draft"),
        (ANA, None, [helped(day=date(2025, 4, 1))], ""),
        (ANA, None, [replace(helped(), given=True)], ""),
        (ANA, date(2026, 5, 4), [], ""),
        (CLIENT, date(2026, 5, 4), [], "the year with them as client"),
        (CLIENT, date(2025, 5, 4), [], ""),
        (CLIENT, None, [], ""),
        (replace(CLIENT, priority=Priority.C), date(2026, 5, 4), [], ""),
        (
            ANA,
            None,
            [helped(what) for what in ("a", "b", "b", "c", "d")],
            "the year: a; b; c; and 1 more",
        ),
        (replace(ANA, boundaries=Boundaries(do_not_contact=True)), None, [helped()], ""),
    ],
)
def test_at_the_end_of_the_year_thank_who_helped_and_who_brought_business(
    who: Person, last: date | None, favours: list[Favour], why: str
) -> None:
    found = at_years_end([stands(who, last)], {who.id: favours}, [], ADVENT)

    due = date(2026, 12, 20)
    expected = ToThank(who.id, Occasion.YEARS_END, why, ADVENT, due)
    assert found == ((expected,) if why else ())


@pytest.mark.parametrize(
    ("day", "due"),
    [("2026-11-30", False), ("2026-12-01", True), ("2026-12-20", True), ("2026-12-21", False)],
)
def test_the_year_ends_in_december_before_the_offices_are_empty(day: str, due: bool) -> None:
    today = date.fromisoformat(day)
    favours: Mapping[PersonId, list[Favour]] = {ANA.id: [helped()]}

    assert bool(at_years_end([stands(ANA, today=today)], favours, [], today)) is due


@pytest.mark.parametrize("state", list(ThanksState))
def test_nobody_is_thanked_twice_for_one_year(state: ThanksState) -> None:
    (new,) = at_years_end([stands(ANA)], {ANA.id: [helped()]}, [], ADVENT)
    known = Thanks(ThanksNumber(1), *new, state)
    last_year = replace(known, made=date(2025, 12, 3))

    assert at_years_end([stands(ANA)], {ANA.id: [helped()]}, [known], ADVENT) == ()
    assert at_years_end([stands(ANA)], {ANA.id: [helped()]}, [last_year], ADVENT) == (new,)


def test_the_earliest_due_come_first_and_each_says_for_what() -> None:
    one = Thanks(ThanksNumber(1), *thanks_for(ANA.id, Occasion.HELP, "her help", ADVENT))
    two = Thanks(ThanksNumber(2), *thanks_for(ANA.id, Occasion.INTRODUCTION, "", ADVENT))

    assert by_due([one, two]) == (two, one)
    assert thanks_said(one, "Ana", ADVENT) == "Ana: her help, by Wed 9 Dec"
    assert thanks_said(two, "Ana", ADVENT) == "Ana, by Tue 8 Dec"
    assert thanks_listed(one, "Ana", one.due) == "Ana: her help, by Wed 9 Dec"
    year = replace(two, occasion=Occasion.YEARS_END)
    assert thanks_said(year, "Ana", two.due) == "Ana: the year, today"
