from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from policies.memory.logline import Finding, Kind, read_line, settled
from policies.memory.meeting import is_informal
from policies.memory.mentions import Names, bare
from policies.people.person import Format
from tests.make import person

TODAY = date(2026, 11, 25)  # a Wednesday
PEOPLE = (person("Ana Silva"), person("Raj Patel"), person("Mei Lin"))


def said(found: Iterable[Finding]) -> list[str]:
    """Each finding as `kind who: what (day)`."""
    return [
        f"{each.kind} {'+'.join(w.found[0] if w.found else w.words for w in each.who)}"
        f"{': ' if each.what else ''}{each.what}"
        f"{f' ({each.day:%d %b})' if each.day else ''}"
        for each in found
    ]


@pytest.mark.parametrize(
    ("line", "understood"),
    [
        (
            "coffee with Ana; promised the paper by Tuesday; she introduced Raj",
            [
                "contact ana-silva",
                "promised ana-silva: the paper (01 Dec)",
                "introduced me ana-silva: introduced Raj",
            ],
        ),
        ("lunch Ana yesterday", ["contact ana-silva (24 Nov)"]),
        ("talked to raj", ["contact raj-patel"]),
        ("Raj called", ["contact raj-patel"]),
        ("coffee with Ana and Raj on Monday", ["contact ana-silva+raj-patel (23 Nov)"]),
        (
            "walk with Ana, Raj & Mei Lin. Promised Mei the slides",
            ["contact ana-silva+raj-patel+mei-lin", "promised mei-lin: the slides"],
        ),
        (
            "long call with Ana about the budget",
            ["contact ana-silva", "note ana-silva: long … about the budget"],
        ),
        (
            "coffee with Ana and she will send me the deck",
            ["contact ana-silva", "promised to me ana-silva: send the deck"],
        ),
        ("Ana: promised the paper", ["promised ana-silva: the paper"]),
        ("Ana: lunch on Monday", ["contact ana-silva (23 Nov)"]),
        ("Ana: had a long walk", ["contact ana-silva", "note ana-silva: a long"]),
        ("Ana: likes tea", ["note ana-silva: likes tea"]),
        ("I'll send Raj the deck by Friday", ["promised raj-patel: send the deck (27 Nov)"]),
        ("promised the plan for Monday by Friday to Raj",
         ["promised raj-patel: the plan for Monday (27 Nov)"]),
        ("promised Ana the paper yesterday", ["promised ana-silva: the paper yesterday"]),
        ("promised Ana and Raj the paper", ["promised ana-silva+raj-patel: the paper"]),
        ("sent the deck to Ana, Raj and Mei",
         ["gave ana-silva+raj-patel+mei-lin: sent the deck"]),
        ("thanked Ana & Mei Lin for the talk", ["thanked ana-silva+mei-lin: the talk"]),
        ("promised Ana and Zed the paper", ["promised ana-silva+Zed: the paper"]),
        ("promised Ana, and the board, the paper",
         ["promised ana-silva: and the board, the paper"]),
        ("lunch with Ana and Raj; promised them the paper",
         ["contact ana-silva+raj-patel", "promised ana-silva+raj-patel: the paper"]),
        ("sent Ana and Raj the deck; called them yesterday",
         ["gave ana-silva+raj-patel: sent the deck", "contact ana-silva+raj-patel (24 Nov)"]),
        ("Ana and Raj helped with my draft",
         ["had ana-silva+raj-patel: helped with my draft"]),
        ("Ana and Raj called. They promised the slides",
         ["contact ana-silva+raj-patel", "promised to me ana-silva+raj-patel: the slides"]),
        ("Ana, Raj helped with my draft", ["note : Ana", "had raj-patel: helped with my draft"]),
        ("Ana and I met Raj", ["note : Ana", "contact raj-patel"]),
        ("coffee with Ana and Raj and Mei called",
         ["contact ana-silva+raj-patel", "contact mei-lin"]),
        ("coffee with Ana and", ["contact ana-silva", "note ana-silva: and"]),
        ("Ana and Raj: lunch", ["note : Ana and Raj: lunch"]),
        ("Ana owes me a book", ["promised to me ana-silva: a book"]),
        ("introduced Ana to Mei", ["gave ana-silva: introduced to Mei"]),
        ("I introduced Ana to Mei", ["gave ana-silva: introduced to Mei"]),
        ("sent Ana the paper", ["gave ana-silva: sent the paper"]),
        ("reviewed the CV for Mei", ["gave mei-lin: reviewed the CV"]),
        ("Ana helped with my draft and Mei reviewed it",
         ["had ana-silva: helped with my draft", "had mei-lin: reviewed it"]),
        ("Raj gave me an hour", ["had raj-patel: gave me an hour"]),
        ("asked Ana for an introduction to Mei", ["asked ana-silva: an introduction to Mei"]),
        ("thanked Mei for her help yesterday", ["thanked mei-lin: her help (24 Nov)"]),
        ("must thank Ana for the talk by Friday", ["to thank ana-silva: the talk (27 Nov)"]),
        ("met Zed Quux", ["contact Zed Quux"]),
        ("lunch w/ Ana", ["contact ana-silva"]),
        ("we had coffee with Ana", ["contact ana-silva"]),
        ("met Zed, Ana", ["contact Zed+ana-silva"]),
        ("Ana: called her yesterday", ["contact ana-silva (24 Nov)"]),
        ("Ana: she smiled", ["note ana-silva: she smiled"]),
        ("met Raj at the conference", ["contact raj-patel"]),
        ("Ana: promised an intro to Mei", ["promised ana-silva: an intro to Mei"]),
        ("sent the deck to Raj", ["gave raj-patel: sent the deck"]),
        ("coffee with Ana tomorrow", ["contact ana-silva (26 Nov)"]),
    ],
)  # fmt: skip
def test_a_line_of_a_diary_is_understood(line: str, understood: list[str]) -> None:
    assert said(read_line(line, PEOPLE, TODAY)) == understood


@pytest.mark.parametrize(
    "line",
    [
        "she said no",
        "lunch with the team",
        "Raj will be away",
        "Raj gave a talk",
        "asked Raj about her leave",
        "promised the paper",
        "thanked her",
        "sent Ana the deck tomorrow",
        "Ana thanked me",
        "promised Ana",
        "asked her for a loan",
    ],
)
def test_what_no_rule_knows_is_a_note_word_for_word(line: str) -> None:
    (found,) = read_line(line, PEOPLE, TODAY)

    assert (found.kind, found.what) == (Kind.NOTE, line)


def test_who_introduced_whom_is_not_guessed() -> None:
    contact, note = read_line("coffee with Ana; introduced Raj", PEOPLE, TODAY)

    assert (contact.kind, note.kind, note.what) == (Kind.CONTACT, Kind.NOTE, "introduced Raj")


@pytest.mark.parametrize(
    ("line", "format_"),
    [
        ("virtual coffee with Ana", Format.VIRTUAL_COFFEE),
        ("coffee with Ana", Format.COFFEE),
        ("called Ana", Format.CALL),
        ("Ana rang", Format.CALL),
        ("met Ana for a drink", Format.DRINK),
        ("dinner with Ana", None),
    ],
)
def test_how_they_met_is_understood_where_it_is_one_of_the_formats(
    line: str, format_: Format | None
) -> None:
    assert read_line(line, PEOPLE, TODAY)[0].format is format_


def test_a_name_that_fits_several_people_names_them_all() -> None:
    people = (*PEOPLE, person("Ana Berg"))

    (found,) = read_line("coffee with Ana", people, TODAY)
    assert found.who[0].found == ("ana-berg", "ana-silva")
    (found,) = read_line("coffee with Ana Berg", people, TODAY)
    assert found.who[0].found == ("ana-berg",)


def test_she_may_be_any_of_two() -> None:
    _, found = read_line("coffee with Ana and Mei; she promised the slides", PEOPLE, TODAY)

    assert found.who[0].found == ("ana-silva", "mei-lin")


@pytest.mark.parametrize(
    ("words", "ids"),
    [
        ("Ana", ["ana-silva"]),
        ("ana", []),
        ("Silva, Ana", ["ana-silva"]),
        ("Anas", []),
        ("ana.silva@example.com", ["ana-silva"]),
        ("ana-silva", ["ana-silva"]),
        ("…", []),
    ],
)
def test_a_name_is_whole_words_with_a_capital_or_an_address_or_an_id(
    words: str, ids: list[str]
) -> None:
    found = Names(PEOPLE).at(words.split(), 0)

    assert (list(found.who.found) if found else []) == ids


def test_somebody_called_just_that_goes_before_longer_names() -> None:
    names = Names((person("Ana"), person("Ana Silva")))

    found = names.at(["Ana"], 0)
    assert found is not None
    assert found.who.found == ("ana",)


def test_once_the_owner_has_said_whom_they_mean_everyone_is_one_person() -> None:
    found = read_line("coffee with Ana and Mei; she promised the slides", PEOPLE, TODAY)
    she, mei = found[1].who[0], found[0].who[1]

    assert settled(found, {she: mei})[1].who == (mei,)
    assert settled(found, {}) == found


@pytest.mark.parametrize(
    ("title", "informal"),
    [
        ("Coffee Ana", True),
        ("LUNCH", True),
        ("Catch-up Saga", True),
        ("catch up", True),
        ("Budget", False),
        ("Walkthrough", False),
        ("", False),
    ],
)
def test_a_coffee_is_what_its_title_calls_one(title: str, informal: bool) -> None:
    assert is_informal(title) is informal


_WORDS = re.findall(
    r"\S+",
    "coffee with Ana Raj, Mei Lin; and she he they her will send promised the paper by Tuesday"
    " introduced asked for thanked I I'll owes me to . , ; & gave met called lunch yesterday 's",
)


def words(text: str) -> Counter[str]:
    return Counter(filter(None, map(bare, re.split(r"[;\s]+", text))))


@given(
    st.lists(st.sampled_from(_WORDS) | st.text(max_size=5), max_size=14).map(" ".join)
    | st.text(max_size=40)
)
def test_no_word_is_ever_lost(line: str) -> None:
    found = read_line(line, PEOPLE, TODAY)

    assert sum((words(f"{each.cue} {each.what}") for each in found), Counter()) == words(line)
