from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from policies.audit.cadence import Help, Standing, Status, ranked, standing
from policies.audit.progress import Progress, Stood, trend
from policies.people.person import Priority, PrivateNotes, Relation
from policies.planning.agenda import AgendaFacts, Waiting, agenda, says_the_same, title
from policies.planning.block import Purpose
from policies.rules import CadenceRules
from tests.make import BERLIN, person, utc

TODAY = date(2026, 11, 24)
NOBODY = AgendaFacts(TODAY, BERLIN)


def stands(name: str, last: str = "", *, booked: str = "", works_at: str = "") -> Standing:
    who = replace(person(name), organisation=works_at, listed_on=date(2026, 9, 1))
    return standing(
        who,
        date.fromisoformat(last) if last else None,
        date.fromisoformat(booked) if booked else None,
        TODAY,
        CadenceRules(),
    )


ANA = stands("Ana Silva", "2026-09-12", works_at="Northwind")
RAJ = stands("Raj Patel", "2026-10-30")
MIA = stands("Mia Chen")
ZOE = stands("Zoe Okafor", "2025-12-20", booked="2026-12-04")
LEE = stands("Lee On-Time", "2026-11-20")


def test_the_weekly_agenda_says_who_what_and_what_to_type() -> None:
    facts = AgendaFacts(
        TODAY,
        BERLIN,
        standings=(ANA, RAJ, MIA, ZOE, LEE),
        waiting=(Waiting(3, RAJ.person.id, "coffee", utc("2026-12-01 09:00")),),
        promises=("Raj Patel: the slides, by 30 Nov",),
        thanks=("Zoe Okafor, for the introduction",),
    )

    assert agenda(Purpose.RHYTHM, facts) == (
        "Choose two or three people, and write before this slot ends.\n"
        "\n"
        "Promised\n"
        "- Raj Patel: the slides, by 30 Nov\n"
        "\n"
        "Thanks due\n"
        "- Zoe Okafor, for the introduction\n"
        "\n"
        "Waiting for your yes\n"
        "- coffee with Raj Patel (amber, last contact 30 Oct), Tue 1 Dec 10:00: fika show 3\n"
        "\n"
        "Out of touch\n"
        "- Ana Silva (Northwind): red, last contact 12 Sep, due 3 Oct\n"
        "- Mia Chen: still to meet, listed 1 Sep, due 22 Sep\n"
        "Out of touch, but booked\n"
        "- Zoe Okafor, 4 Dec\n"
        "\n"
        "Called or met someone? fika log NAME\n"
        "As of 24 Nov 2026."
    )


def test_an_agenda_without_anyone_overdue_still_has_a_use() -> None:
    text = agenda(Purpose.RHYTHM, replace(NOBODY, standings=(LEE,)))

    assert "- nobody. Thank someone, or think of someone new: fika triage" in text
    assert "Lee" not in text
    assert "Waiting" not in text


def test_for_whom_a_proposal_waits_nothing_else_is_to_be_done() -> None:
    facts = replace(
        NOBODY,
        standings=(RAJ, LEE),
        waiting=(Waiting(3, RAJ.person.id, "coffee", utc("2026-12-01 09:00")),),
    )

    assert "Out of touch\n- nobody else. Thank someone" in agenda(Purpose.RHYTHM, facts)


def test_a_long_list_ends_in_a_number_and_a_command() -> None:
    many = tuple(stands(f"Person {n}", "2026-01-01") for n in range(16))
    waiting = tuple(
        Waiting(n, each.person.id, "call", utc("2026-12-01 09:00"))
        for n, each in enumerate(many[:7])
    )

    text = agenda(
        Purpose.RHYTHM,
        replace(NOBODY, standings=many, waiting=waiting, thanks=("thanks",) * 6),
    )

    assert text.count("- Person") == 7
    assert text.count("- call with Person") == 5
    assert "- and 2 more: fika audit --overdue" in text
    assert "- and 2 more: fika proposals" in text
    assert "- and 1 more: fika thanks\n" in text


def test_coffees_past_and_to_come_have_their_commands_and_people_an_opening_question() -> None:
    client = replace(ANA.person, relation=Relation.CLIENT)
    facts = replace(
        NOBODY,
        standings=(replace(ANA, person=client),),
        over=("Raj, coffee, Mon 23 Nov 10:00",),
        coming=("Mia, lunch, Thu 26 Nov 12:00: fika brief mia-chen",),
    )

    over, coming, overdue = agenda(Purpose.RHYTHM, facts).split("\n\n")[1:-1]
    assert over == "How was it? fika after\n- Raj, coffee, Mon 23 Nov 10:00"
    assert coming == "Coming up\n- Mia, lunch, Thu 26 Nov 12:00: fika brief mia-chen"
    assert overdue.splitlines()[1:] == [
        "- Ana Silva (Northwind): red, last contact 12 Sep, due 3 Oct",
        "  Ask: What has changed for you since we last worked on something?",
    ]


@pytest.mark.parametrize(
    ("purpose", "opening", "name"),
    [
        (Purpose.FIRST, "Time to make the plan", "Planning (first: make the plan)"),
        (Purpose.RHYTHM, "Choose two or three", "Planning"),
        (Purpose.REVIEW, "Time to look back on the quarter", "Planning (quarterly review)"),
    ],
)
def test_each_purpose_has_its_own_opening_and_title(
    purpose: Purpose, opening: str, name: str
) -> None:
    assert agenda(purpose, NOBODY).startswith(opening)
    assert title(purpose, "Planning") == name


def moved(one: Standing, status: Status) -> Progress:
    before = Stood(one.person.id, date(2026, 9, 30), status, one.person.priority, None)
    return Progress(before, one, trend(before, one))


def test_it_says_who_came_closer_and_a_review_also_who_drifted_away() -> None:
    asked: list[date] = []

    def progress(day: date) -> list[Progress]:
        asked.append(day)
        return [moved(LEE, Status.RED), moved(RAJ, Status.GREEN), moved(ANA, Status.RED)]

    facts = replace(NOBODY, standings=(ANA, RAJ, LEE), progress=progress)
    closer = "Closer than at the end of September: Lee On-Time."

    assert agenda(Purpose.RHYTHM, facts).partition("\n\n")[0].endswith(f"\n{closer}")
    assert f"{closer}\nFurther away than at the end of September: Raj Patel.\n\n" in agenda(
        Purpose.REVIEW, facts
    )
    assert "than at" not in agenda(Purpose.FIRST, facts)
    assert asked == [date(2026, 9, 30)] * 2
    december = replace(facts, today=date(2026, 12, 20))
    agenda(Purpose.RHYTHM, december)
    agenda(Purpose.REVIEW, december)
    agenda(Purpose.REVIEW, replace(facts, today=date(2027, 1, 3)))  # of the quarter that was missed
    assert asked[2:] == [date(2026, 10, 31), date(2026, 9, 30), date(2026, 9, 30)]


def test_of_many_who_came_closer_those_who_matter_most_are_named() -> None:
    everyone = [
        replace(stands(f"P{n} Crowd", "2026-11-20"), person=person(f"P{n} Crowd", priority))
        for n, priority in enumerate((Priority.D, *[Priority.B] * 5, Priority.A))
    ]
    found = [moved(each, Status.RED) for each in everyone]

    told = agenda(Purpose.RHYTHM, replace(NOBODY, progress=lambda _: found))
    assert (
        "Closer than at the end of September: P6 Crowd, P1 Crowd, P2 Crowd, P3 Crowd, P4 Crowd"
        " and 2 more." in told
    )


def test_whom_they_help_with_is_said_of_those_out_of_touch() -> None:
    helping = replace(ANA, help=Help(("Move to Finance", "Something else"), 2.0))

    told = agenda(Purpose.RHYTHM, replace(NOBODY, standings=(helping,)))
    assert "due 3 Oct\n  For: Move to Finance\n\n" in told


def test_a_review_counts_the_slots_kept_and_lost() -> None:
    said = "Planning slots so far: 9 kept, 3 lost."

    assert said in agenda(Purpose.REVIEW, replace(NOBODY, kept=9, lost=3))
    assert "Planning slots so far" not in agenda(Purpose.REVIEW, NOBODY)
    assert "Planning slots so far" not in agenda(Purpose.RHYTHM, replace(NOBODY, kept=9))


def test_private_notes_never_enter_an_agenda_and_names_hide_nothing() -> None:
    name, notes = "Ana\u202e\x1b]0;x\n- Boss: red", PrivateNotes("divorced")
    spy = replace(ANA, person=replace(ANA.person, name=name, notes=notes))

    text = agenda(Purpose.RHYTHM, replace(NOBODY, standings=(spy,)))

    assert "divorced" not in text
    assert "\n- Boss" not in text
    assert "\u202e" not in text
    assert "\x1b" not in text


def test_another_day_alone_changes_nothing_that_matters() -> None:
    people = (ANA, RAJ, MIA)

    def on(day: date) -> str:
        found = [standing(each.person, each.last, None, day, CadenceRules()) for each in people]
        return agenda(Purpose.RHYTHM, AgendaFacts(day, BERLIN, standings=ranked(found)))

    assert on(date(2026, 11, 24)) != on(date(2026, 11, 26))
    assert says_the_same(on(date(2026, 11, 24)), on(date(2026, 11, 26)))
    assert not says_the_same(on(date(2026, 11, 24)), on(date(2026, 12, 15)))


def test_order_and_spacing_do_not_matter_but_people_do() -> None:
    one = agenda(Purpose.RHYTHM, replace(NOBODY, standings=(ANA, RAJ)))

    assert says_the_same(one, agenda(Purpose.RHYTHM, replace(NOBODY, standings=(RAJ, ANA))))
    assert says_the_same(one, one.replace("\n", "\r\n"))
    assert not says_the_same(one, agenda(Purpose.RHYTHM, replace(NOBODY, standings=(ANA,))))


def test_the_next_steps_of_the_plan_come_before_everything_else() -> None:
    steps = tuple(f"step {number}: fika plan done {number}" for number in range(1, 8))

    text = agenda(Purpose.RHYTHM, replace(NOBODY, steps=steps, promises=("the slides",)))

    assert text.index("Next steps of the plan") < text.index("Promised")
    assert "- step 5: fika plan done 5\n- and 2 more: fika plan\n" in text
