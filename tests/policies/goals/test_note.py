from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from policies.goals.goal import Role
from policies.goals.note import NotAName, Noted, noted

LINES = [
    ("Ana Silva", Noted("Ana Silva", "", None)),
    ("- Ana Silva", Noted("Ana Silva", "", None)),
    ("* [ ] Ana Silva", Noted("Ana Silva", "", None)),
    ("- [x] Ana Silva", Noted("Ana Silva", "", None)),
    ("12. Ana Silva, Contoso", Noted("Ana Silva", "Contoso", None)),
    ("2) Ana Silva: opens doors", Noted("Ana Silva", "opens doors", Role.OPENS_DOORS)),
    ("• Ana Silva (Mentor)", Noted("Ana Silva", "Mentor", Role.MENTOR)),
    ("Ana Silva - decides on it", Noted("Ana Silva", "decides on it", Role.DECIDES)),
    ("Jean-Luc Ng", Noted("Jean-Luc Ng", "", None)),
    ("**Ana Silva** <ana@example.com>", Noted("Ana Silva", "ana@example.com", None)),
]


@pytest.mark.parametrize(("line", "expected"), LINES)
def test_a_name_is_found_however_the_list_is_written(line: str, expected: Noted) -> None:
    assert noted(line) == ((expected,), ())


def test_headings_and_empty_lines_are_left_out_and_names_come_once() -> None:
    names, others = noted("# People on my goal note\n\n- Ana Silva\n- ana sílva (mentor)\n")

    assert [each.name for each in names] == ["Ana Silva"]
    assert others == ()


def test_a_line_that_is_no_name_is_told_with_its_number() -> None:
    names, others = noted("Ana\nwhat I would like to see happen this year\n---\n42\n")

    assert [each.name for each in names] == ["Ana"]
    assert others == (
        NotAName(2, "what I would like to see happen this year"),
        NotAName(3, "--"),
        NotAName(4, "42"),
    )


@given(st.text(max_size=200))
def test_any_text_at_all_is_read(text: str) -> None:
    names, _ = noted(text)

    assert all(any(map(str.isalpha, each.name)) for each in names)
