from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from policies.audit.cadence import Status, standing
from policies.audit.commitment import (
    Commitment,
    CommitmentNumber,
    CommitmentState,
    Meetings,
    Numbers,
    commitment_said,
    letter_due,
    letter_month,
    letter_text,
    letter_title,
    month_after,
    month_before,
)
from policies.rules import CadenceRules
from tests import make

RAJ = make.person("Raj Patel")
ONE = Commitment(
    CommitmentNumber(1), RAJ.id, date(2026, 2, 20), date(2026, 4, 30), "coach@example.org"
)
MARCH = date(2026, 3, 1)


@pytest.mark.parametrize(
    ("today", "due"),
    [
        (date(2026, 2, 28), None),
        (date(2026, 3, 1), date(2026, 2, 1)),
        (date(2026, 3, 31), date(2026, 2, 1)),
        (date(2026, 4, 1), MARCH),
        (date(2026, 5, 9), date(2026, 4, 1)),
        (date(2026, 6, 1), None),
    ],
)
def test_a_letter_is_due_for_each_month_the_commitment_stood_in(
    today: date, due: date | None
) -> None:
    assert letter_due(ONE, today) == due


@pytest.mark.parametrize(
    "one",
    [
        replace(ONE, tell=""),
        replace(ONE, state=CommitmentState.KEPT, ended=date(2026, 3, 9)),
        replace(ONE, answered=MARCH),
    ],
)
def test_none_is_due_where_nobody_is_told_it_has_ended_or_the_month_was_answered(
    one: Commitment,
) -> None:
    assert letter_due(one, date(2026, 4, 2)) is None


def test_a_month_answered_is_not_the_next_one() -> None:
    assert letter_due(replace(ONE, answered=MARCH), date(2026, 5, 1)) == date(2026, 4, 1)


@pytest.mark.parametrize(
    ("day", "before", "after"),
    [
        (date(2026, 1, 31), date(2025, 12, 1), date(2026, 2, 1)),
        (date(2026, 12, 1), date(2026, 11, 1), date(2027, 1, 1)),
        (date(2026, 3, 1), date(2026, 2, 1), date(2026, 4, 1)),
    ],
)
def test_months_follow_each_other_over_the_new_year(day: date, before: date, after: date) -> None:
    assert (month_before(day), month_after(day)) == (before, after)


def said(last: date | None, next_: date | None = None, today: date = date(2026, 3, 10)) -> str:
    stands = standing(RAJ, last, next_, today, CadenceRules())
    return commitment_said(ONE, stands, "Raj", today)


def test_a_commitment_is_said_in_dates_that_do_not_change_by_themselves() -> None:
    assert said(None) == "Raj, by Thu 30 Apr: still to meet"
    assert said(date(2026, 3, 3)) == "Raj, by Thu 30 Apr: green, last contact Tue 3 Mar"
    assert said(date(2026, 3, 3), date(2026, 3, 20)).endswith("Tue 3 Mar, next Fri 20 Mar")
    assert said(date(2026, 3, 3), today=date(2026, 5, 1)).startswith(
        "Raj, by Thu 30 Apr, which is over: "
    )


NUMBERS = Numbers(
    before={Status.RED: 3, Status.AMBER: 0, Status.GREEN: 9, Status.GREY: 2},
    after={Status.RED: 0, Status.AMBER: 1, Status.GREEN: 12, Status.GREY: 1},
    met=5,
    sent=4,
    accepted=3,
    kept=4,
    lost=1,
)


def letter(meetings: Meetings = Meetings(), person: str = "Raj Patel") -> str:  # noqa: B008 - a value
    return letter_text(
        ONE, MARCH, NUMBERS, meetings, person=person, recipient="Karin Öberg", sender="Olle Owner"
    )


def test_the_letter_reads_as_a_letter() -> None:
    met = Meetings(2, date(2026, 3, 20), date(2026, 4, 9))

    assert letter(met) == (
        "Hello Karin,\n\n"
        "This is how I kept up with people in March 2026.\n\n"
        "On 20 February 2026 I committed to build a relationship with Raj Patel by 30 April 2026:"
        " met twice since then, last on 20 March 2026. The next meeting is on 9 April 2026.\n\n"
        "- People: 1 amber, 12 green, 1 still to meet on 1 April 2026;"
        " a month before 3 red, 9 green, 2 still to meet\n"
        "- People met: 5\n"
        "- Invitations sent: 4, of which accepted so far: 3\n"
        "- Planning slots: 4 kept, 1 lost\n\n"
        "Olle"
    )
    assert letter_title(MARCH) == "My relationships in March 2026"


def test_what_has_not_happened_is_said_too() -> None:
    assert "30 April 2026: not met yet since then.\n" in letter()
    assert "met once since then" in letter(Meetings(1, date(2026, 3, 20)))
    assert "met 3 times since then" in letter(Meetings(3, date(2026, 3, 20)))


def test_who_must_not_be_named_is_not() -> None:
    private = letter(Meetings(2, date(2026, 3, 20)), person="")

    assert "Raj" not in private
    assert "committed" not in private


def test_an_address_is_no_name_to_be_told() -> None:
    text = letter(person="raj.patel@example.com")

    assert "with Raj Patel by" in text
    assert "@" not in text


def test_a_month_without_anybody_says_nobody() -> None:
    nobody = dict.fromkeys(Status, 0)
    text = letter_text(
        ONE,
        MARCH,
        NUMBERS._replace(before=nobody),
        Meetings(),
        person="",
        recipient="",
        sender="Olle",
    )

    assert text.startswith("Hello,\n\n")
    assert "a month before nobody\n" in text


def test_a_letter_is_known_again_by_its_title() -> None:
    assert letter_month(letter_title(MARCH)) == MARCH
    assert letter_month("How I keep up with people") is None
