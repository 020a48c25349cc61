from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from policies.people.fields import FIELDS, Plain
from policies.people.person import (
    Boundaries,
    Cadence,
    Format,
    Person,
    PersonId,
    PrivateNotes,
    Relation,
)
from policies.people.profile import (
    ProfileProblems,
    from_text,
    plain,
    taking,
    to_text,
    with_plain,
    written,
)
from tests.make import person
from tests.people import people

NOBODY = Person(PersonId(""), "")


@given(people)
def test_plain_values_hold_a_person_whole(one: Person) -> None:
    assert with_plain(NOBODY, plain(one)) == one


@given(people)
def test_a_field_of_one_line_survives_its_cell(one: Person) -> None:
    values = {name: to_text(value) for name, value in plain(one).items()}

    read = {name: from_text(name, cell) for name, cell in values.items()}

    for name, value in plain(one).items():
        if isinstance(value, tuple):
            assert read[name] == tuple(each.strip() for each in value)
        elif name not in {"listed_on", "not_before", "snoozed_until"}:
            assert read[name] == value
        else:
            assert FIELDS[name].read(read[name]) == value


@given(people, people, st.sets(st.sampled_from(sorted(FIELDS))))
def test_taking_some_fields_takes_these_and_leaves_the_rest(
    kept: Person, other: Person, names: set[str]
) -> None:
    gaps = {"ideal_gap", "maximum_gap"}
    taken = (names | (gaps if names & gaps else set())) - {"id"}

    after = plain(taking(kept, other, names))

    assert {n: v for n, v in after.items() if n in taken} == {
        n: v for n, v in plain(other).items() if n in taken
    }
    assert {n: v for n, v in after.items() if n not in taken} == {
        n: v for n, v in plain(kept).items() if n not in taken
    }


WRONG = [
    ("id", "Ana Silva", "may hold only"),
    ("id", "-ana", "may hold only"),
    ("name", " ", "is empty"),
    ("name", 7, "needs text, not a number"),
    ("name", "a\0b", "NUL"),
    ("name", "a\ud800b", "half a character"),
    ("addresses", "ana@example.com", "needs a list of texts, not text"),
    ("addresses", ["ana@example.com", "ana"], "number 2 is no address"),
    ("priority", "E", "'E' is none of: A, B, C, D"),
    ("relation", "boss", "is none of: team, manager"),
    ("listed_on", "soon", "needs a day such as"),
    ("listed_on", 3, "needs a day such as 2026-05-01, not a number"),
    ("ideal_gap", "3h", "needs whole days"),
    ("ideal_gap", "0d", "needs whole days"),
    ("ideal_gap", "often", "is no length"),
    ("maximum_gap", "3w", "needs an ideal_gap beside it"),
    ("zone", "Europe/Berln", "is no time zone"),
    ("zone", "Europe", "is no time zone"),
    ("zone", "../etc/passwd", "is no time zone"),
    ("country", "Sweden", "needs a code"),
    ("hours", "whenever", "is no day"),
    ("groups", ["a", " "], "holds an empty text"),
    ("groups", ["a", 1], "needs text, not a number"),
    ("formats", ["tea"], "is none of: coffee"),
    ("do_not_contact", "yes", "needs true or false, not text"),
    ("do_not_contact", 1, "needs true or false, not a number"),
    ("at_most_a_year", 0, "from 1 to 366"),
    ("at_most_a_year", True, "needs a whole number, not true or false"),
    ("at_most_a_year", [4], "needs a whole number, not a list"),
    ("notes", {"a": 1}, "needs text, not a table"),
    ("not_before", timedelta(1), "not a day or time"),
    ("priorty", "A", "is no field; did you mean 'priority'?"),
    ("shoe size", 43, "is no field; known are: id, name"),
]


@pytest.mark.parametrize(("name", "value", "cause"), WRONG)
def test_a_value_that_cannot_be_used_is_refused_with_the_reason(
    name: str, value: object, cause: str
) -> None:
    with pytest.raises(ProfileProblems) as caught:
        with_plain(person(), {name: value})

    assert [problem.field for problem in caught.value.problems] == [name]
    assert cause in caught.value.problems[0].cause


def test_all_problems_of_one_person_come_together() -> None:
    with pytest.raises(ProfileProblems) as caught:
        with_plain(person(), {"priority": "Z", "nme": "x", "hours": "?", "maximum_gap": "1w"})

    assert [each.field for each in caught.value.problems] == [
        "priority",
        "nme",
        "hours",
        "maximum_gap",
    ]


def test_choices_may_be_written_as_in_commands() -> None:
    read = with_plain(
        person(), {"relation": "Senior_Leader", "formats": ["virtual-coffee", "Virtual Coffee"]}
    )

    assert (read.relation, read.formats) == (Relation.SENIOR_LEADER, (Format.VIRTUAL_COFFEE,))


def test_an_empty_text_clears_what_may_be_unknown() -> None:
    known = replace(
        person(),
        zone="Europe/Berlin",
        cadence=Cadence(timedelta(7), timedelta(14)),
        snoozed_until=date(2026, 5, 1),
        boundaries=Boundaries(at_most_a_year=3),
        notes=PrivateNotes("tea"),
    )

    cleared = with_plain(
        known, {"zone": "", "ideal_gap": "", "snoozed_until": "", "at_most_a_year": "", "notes": ""}
    )

    assert cleared == person()


GAPS = [
    ({"ideal_gap": "10d"}, (10, 15)),
    ({"ideal_gap": "3d"}, (3, 5)),
    ({"ideal_gap": "1w", "maximum_gap": "8d"}, (7, 8)),
    ({"maximum_gap": "90d"}, (30, 90)),
    ({"ideal_gap": "50d"}, (50, 75)),
]


@pytest.mark.parametrize(("values", "days"), GAPS)
def test_a_gap_left_out_is_kept_or_half_as_long_again(
    values: dict[str, str], days: tuple[int, int]
) -> None:
    known = replace(person(), cadence=Cadence(timedelta(30), timedelta(45)))
    if values.get("ideal_gap") in {"10d", "3d"}:
        known = person()

    cadence = with_plain(known, values).cadence

    assert cadence == Cadence(timedelta(days[0]), timedelta(days[1]))


def test_a_longest_gap_below_the_ideal_is_refused() -> None:
    with pytest.raises(ProfileProblems, match="shorter than the ideal"):
        with_plain(person(), {"ideal_gap": "3w", "maximum_gap": "2w"})


CELLS = [
    ("groups", "a; b;; c", ("a", "b", "c")),
    ("groups", r"a\;b; c\\", ("a;b", "c\\")),
    ("groups", "", ()),
    ("do_not_contact", "Yes", True),
    ("do_not_contact", "", False),
    ("at_most_a_year", "4", 4),
    ("at_most_a_year", "", ""),
    ("name", "a; b", "a; b"),
]


@pytest.mark.parametrize(("name", "cell", "value"), CELLS)
def test_a_cell_is_read_by_the_form_of_its_field(name: str, cell: str, value: object) -> None:
    assert from_text(name, cell) == value


@pytest.mark.parametrize(("name", "cell"), [("do_not_contact", "maybe"), ("at_most_a_year", "½")])
def test_a_cell_of_another_form_is_refused(name: str, cell: str) -> None:
    with pytest.raises(ValueError, match="needs"):
        from_text(name, cell)


def test_values_are_written_for_reading() -> None:
    values: list[Plain] = [("a", "b"), True, False, date(2026, 5, 1), 3, "x"]

    assert [written(value) for value in values] == ["a, b", "yes", "no", "2026-05-01", "3", "x"]
