from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest
from hypothesis import given

from policies.people.merging import Change, differences, merge, names_agree
from policies.people.person import (
    Boundaries,
    Cadence,
    Format,
    Influence,
    Intent,
    Person,
    Priority,
    PrivateNotes,
    Quality,
    Relation,
    Seniority,
    Weekday,
)
from tests.make import person
from tests.people import people

EMPTY = replace(person("Ana Silva", Priority.B), addresses=(), listed_on=date(2026, 2, 1))
FULL = replace(
    person("Someone Else"),
    cadence=Cadence(timedelta(7), timedelta(14)),
    relation=Relation.MENTOR,
    organisation="Acme",
    function="finance",
    role="CFO",
    seniority=Seniority.EXECUTIVE,
    influence=(Influence.BUDGET,),
    quality=Quality.FAIR,
    intent=Intent.LEARN,
    groups=("vip",),
    goals=("board seat",),
    zone="Europe/Berlin",
    country="DE",
    place="Berlin",
    formats=(Format.LUNCH,),
    allowances=("holidays",),
    office_days=(Weekday.MON,),
    boundaries=Boundaries(True, date(2026, 5, 1), 3),
    snoozed_until=date(2026, 6, 1),
    how_met="a course",
    common_ground=("chess",),
    to_give=("an introduction",),
    sensitive=True,
    phone="+49 1",
    notes=PrivateNotes("tea"),
)


def test_what_is_not_known_yet_is_filled_in() -> None:
    assert merge(EMPTY, FULL) == replace(
        FULL, id=EMPTY.id, name=EMPTY.name, priority=EMPTY.priority
    )


def test_what_the_owner_has_is_kept() -> None:
    merged = merge(FULL, replace(FULL, organisation="Other", priority=Priority.D, phone="1"))

    assert merged == FULL


KEPT_AND_OTHER = [
    (
        {"addresses": ("a@x.example",)},
        {"addresses": ("b@x.example", "a@x.example")},
        ("a@x.example", "b@x.example"),
    ),
    ({"groups": ("VIP",)}, {"groups": ("vip", "new", "New")}, ("VIP", "new")),
    ({"how_met": "at work"}, {"how_met": "a course"}, "at work\na course"),
    ({"how_met": "a course, at work"}, {"how_met": "at work"}, "a course, at work"),
    ({"how_met": "at work"}, {"how_met": "a course, at work"}, "a course, at work"),
    ({"how_met": "x" * 20_000}, {"how_met": "y"}, "x" * 20_000),
    ({"listed_on": date(2026, 2, 1)}, {"listed_on": date(2025, 1, 1)}, date(2025, 1, 1)),
    ({"snoozed_until": date(2026, 2, 1)}, {"snoozed_until": date(2026, 3, 1)}, date(2026, 3, 1)),
    (
        {"boundaries": Boundaries(False, date(2026, 1, 1), 2)},
        {"boundaries": Boundaries(True, date(2026, 2, 1), 4)},
        Boundaries(True, date(2026, 2, 1), 2),
    ),
]  # fmt: skip


@pytest.mark.parametrize(("kept", "other", "expected"), KEPT_AND_OTHER)
def test_lists_notes_and_boundaries_are_joined(
    kept: dict[str, object], other: dict[str, object], expected: object
) -> None:
    (field,) = kept

    merged = merge(replace(person(), **kept), replace(person(), **other))  # type: ignore[arg-type]

    assert getattr(merged, field) == expected


@given(people, people)
def test_merging_again_changes_nothing(kept: Person, other: Person) -> None:
    once = merge(kept, other)

    assert merge(once, other) == once


@given(people, people)
def test_no_address_and_no_note_is_lost(kept: Person, other: Person) -> None:
    merged = merge(kept, other)

    assert {*kept.addresses, *other.addresses} == set(merged.addresses)
    for notes in (kept.notes.reveal(), other.notes.reveal()):
        assert notes.strip() in merged.notes.reveal()


def test_differences_say_which_fields_change_and_never_what_notes_say() -> None:
    after = replace(person(), priority=Priority.D, groups=("a", "b"), notes=PrivateNotes("tea"))

    assert differences(person(), after) == (
        Change("priority", "A", "D"),
        Change("groups", "", "a, b"),
        Change("notes", "", "(private)"),
    )
    assert differences(after, after) == ()


NAMES = [
    ("Ana Silva", "A. Silva", True),
    ("Ana Silva", "Ana Maria Costa", True),
    ("Ana", "A.", True),
    ("Ana Silva", "Bo Ek", False),
    ("Ana Silva", "", True),
    ("José", "jose", True),
]


@pytest.mark.parametrize(("one", "other", "agree"), NAMES)
def test_names_agree_when_they_share_a_word_or_an_initial(
    one: str, other: str, *, agree: bool
) -> None:
    assert names_agree(one, other) is agree
    assert names_agree(other, one) is agree
