from __future__ import annotations

import inspect
import re
import typing

import pytest
from hypothesis import given
from hypothesis import strategies as st

from policies.outreach import notes
from policies.outreach.notes import Note, all_notes, introduction, pairs_note
from policies.people.person import PrivateNotes
from tests.policies.outreach.test_wording import NOT_FROM_A_PERSON

MAKERS = [
    each
    for name, each in vars(notes).items()
    if inspect.isfunction(each) and typing.get_type_hints(each).get("return") is Note and name
]


@pytest.mark.parametrize("note", all_notes(), ids=lambda note: note.subject)
def test_every_note_reads_like_one(note: Note) -> None:
    paragraphs = note.text.split("\n\n")

    assert paragraphs[0] in ("Hi Ana,", "Hello everybody,")
    assert paragraphs[-1] == "Best wishes,\nOlle"
    assert not re.search(r"[{}]|  | [.,?!]|\.\.|\bNone\b|!!", note.text)
    assert not NOT_FROM_A_PERSON.search(note.text)
    assert 30 < len(note.text.split()) < 110
    assert any("?" in each or "pass" in each or "matter" in each for each in paragraphs)


def test_every_maker_of_notes_has_one_for_review() -> None:
    assert len(MAKERS) == 5
    assert len(all_notes()) >= len(MAKERS)
    assert len({note.text for note in all_notes()}) == len(all_notes())


def test_private_notes_have_no_way_into_a_note() -> None:
    for maker in MAKERS:
        hints = typing.get_type_hints(maker)
        assert PrivateNotes not in hints.values()
        assert "Person" not in str(hints)


def test_what_the_owner_can_give_is_offered() -> None:
    offered = introduction("Ana Silva", "Raj Patel", "Olle Owner", give="notes on pricing.")

    assert "I may have something to offer, too: notes on pricing.\n" in offered.text
    assert "offer" not in introduction("Ana Silva", "Raj Patel", "Olle Owner").text


def test_who_has_no_usable_name_is_greeted_all_the_same() -> None:
    assert introduction("ana@example.com", "Raj", "Olle").text.startswith("Hello,\n\n")


def test_who_sits_out_is_named() -> None:
    note = pairs_note("Coffee", "Olle", (("Ana", "Raj"),), ("Kim",))

    assert "- Ana and Raj" in note.text
    assert "Kim sits this one out" in note.text


@given(st.text(max_size=300), st.text(max_size=300))
def test_whatever_a_list_holds_a_note_keeps_its_shape(name: str, title: str) -> None:
    for note in (
        introduction(name, title, "Olle", give=title),
        notes.after_event("A", name, title),
    ):
        assert len(note.text.split("\n\n")) == 4
        assert "\n" not in note.subject
        assert not any(ord(char) < 32 and char != "\n" for char in note.text)
