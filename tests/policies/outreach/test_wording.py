from __future__ import annotations

import dataclasses
import inspect
import re
import typing
from collections.abc import Iterator, Mapping
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from policies.outreach import phrases, wording
from policies.outreach.phrases import Voice
from policies.outreach.templates import Template, placeholders
from policies.outreach.wording import (
    LetterFacts,
    Seed,
    all_examples,
    is_upward,
    salutation,
    valediction,
    voice_for,
    worded,
)
from policies.people.person import Format, PrivateNotes, Relation, Seniority

TIME = "Tuesday 24 November at 09:30"
SEED = Seed("ana-silva")


def facts(**changes: object) -> LetterFacts:
    return dataclasses.replace(
        LetterFacts(
            guest_name="Ana Silva",
            my_name="Olle Owner",
            voice=Voice.GENERAL,
            format=Format.COFFEE,
            time=TIME,
            in_person=True,
            since="since March",
        ),
        **changes,  # type: ignore[arg-type]
    )


def text(seed: Seed = SEED, **changes: object) -> str:
    return worded(facts(**changes), seed).text


EXAMPLES = all_examples()
EVERY_LETTER = [
    pytest.param(each, id=f"{each.voice}-{each.format}-{n}") for n, each in enumerate(EXAMPLES)
]

NOT_FROM_A_PERSON = re.compile(
    r"\b(cadence|overdue|priority|touch(ing)? base|reach(ing)? out|circle back|synerg\w+|leverage"
    r"|network(ing)?|crm|follow(ing)?[- ]up|\d+ days|check(ing)? in|pick your brain|calendly|book"
    r"|schedul\w+|slots?|contacts?|relationship|ping|asap|valued|hope this (mail|email|finds))\b",
    re.IGNORECASE,
)


@pytest.mark.parametrize("letter", EVERY_LETTER)
def test_every_letter_reads_like_one(letter: wording.Example) -> None:
    greeting, why, ask, closing = letter.text.split("\n\n")

    assert re.fullmatch(r"(Hi|Hello|Dear) Ana,", greeting)
    assert letter.text.count("Tuesday 24 November at ") == 1
    assert closing.endswith(",\nOlle")
    assert not re.search(r"[{}]|  | [.,?!]|\.\.|\bNone\b|!!", letter.text)
    assert not NOT_FROM_A_PERSON.search(letter.text)
    assert "http" not in letter.text or "meet.example.com" in letter.text
    assert all(part[0].isupper() and part[-1] in ".?!" for part in (why, ask))
    assert 35 < len(letter.text.split()) < 110
    assert "Olle" in letter.title
    assert "Ana" in letter.title


def sentences() -> Iterator[str]:
    for name, value in vars(phrases).items():
        if (
            name.isupper()
            and name[0] != "_"
            and name
            not in (
                "NAMES",
                "THINGS",
                "GREETINGS",
                "FORMAL",
                "RECALLS_HOW_MET",
            )
        ):
            for group in value.values() if isinstance(value, Mapping) else [value]:
                yield from group


@pytest.mark.parametrize("sentence", sorted(set(sentences())))
def test_the_examples_show_every_sentence(sentence: str) -> None:
    pattern = "".join(
        ".+" if re.fullmatch(r"\{\w+\}", part) else re.escape(part)
        for part in re.split(r"(\{\w+\})", sentence)
    )

    assert any(re.search(pattern, each.text) for each in EXAMPLES)


@pytest.mark.parametrize("voice", Voice)
def test_every_voice_has_something_to_say_when_hardly_anything_is_known(voice: Voice) -> None:
    bare = facts(voice=voice, since="" if voice is Voice.TO_MEET else "since March")

    for format_, in_person, upward in product(Format, (True, False), (True, False)):
        letter = worded(
            dataclasses.replace(bare, format=format_, in_person=in_person, upward=upward), SEED
        )
        assert len(letter.text.split("\n\n")) == 4
        assert TIME in letter.text


def test_the_next_letter_to_the_same_person_has_other_sentences() -> None:
    first, second = text(), text(Seed("ana-silva", 1))

    for one, other in zip(first.split("\n\n")[1:], second.split("\n\n")[1:], strict=True):
        assert one != other


def test_the_same_seed_gives_the_same_letter() -> None:
    assert text() == text(Seed("ana-silva"))


def test_colleagues_who_compare_letters_find_different_ones() -> None:
    letters = {text(Seed(f"person-{n}"), voice=Voice.COLLEAGUE) for n in range(40)}

    assert len(letters) > 30


def test_shared_ground_is_named_and_how_they_met_only_without_it() -> None:
    both = text(common_ground=("sailing",), how_met="Met at the harbour fair.")
    met = text(how_met="Met at the harbour fair.")

    assert "sailing" in both
    assert "harbour" not in both
    assert ": at the harbour fair." in met


def test_how_they_met_is_not_recalled_to_someone_met_every_week() -> None:
    assert "harbour" not in text(voice=Voice.COLLEAGUE, how_met="at the harbour fair")


@pytest.mark.parametrize(
    ("ground", "words"),
    [
        ("both ran the Berlin half marathon", "we both ran the Berlin half marathon."),
        ("We both sing.", "we both sing."),
        ("The coast path", "the coast path"),
        ("Berlin half marathon", "Berlin half marathon"),
    ],
)
def test_shared_ground_fits_into_a_sentence_however_it_was_noted(ground: str, words: str) -> None:
    assert words in text(common_ground=(ground,))


def test_one_of_several_things_in_common_is_named() -> None:
    ground = ("sailing", "chess", "Porto")
    named = {
        each
        for n in range(3)
        for each in ground
        if each in text(Seed("ana", n), common_ground=ground)
    }

    assert named == set(ground)


def test_a_stranger_learns_who_writes_and_what_they_share() -> None:
    stranger = text(
        voice=Voice.TO_MEET,
        since="",
        my_organisation="Sample & Co",
        common_ground=("sailing",),
    )

    assert "Olle Owner" in stranger.split("\n\n")[1]
    assert "sailing" in stranger.split("\n\n")[1]
    assert worded(facts(voice=Voice.TO_MEET), SEED).title == "Coffee: Ana Silva and Olle Owner"


def test_a_junior_asks_humbly_and_thanks_a_senior() -> None:
    for generation in range(6):
        senior = text(Seed("x", generation), voice=Voice.SENIOR, upward=True)
        assert "Thank you for" in senior
        assert re.search(r"If you could spare|I know how full|Would you perhaps", senior)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"place": "Café Linden"}, "Café Linden"),
        ({"city": "Lund"}, "in Lund"),
        ({"city": "Hauptstr. 4, Lund"}, "I will come"),
        ({}, "I will come"),
        ({"in_person": False, "format": Format.VIRTUAL_COFFEE}, "link"),
        (
            {"in_person": False, "format": Format.VIRTUAL_COFFEE, "place": "https://meet.example"},
            "https://meet.example",
        ),
        (
            {"in_person": False, "format": Format.VIRTUAL_COFFEE, "place": "Google Meet"},
            "We can use Google Meet.",
        ),
        ({"in_person": False, "format": Format.CALL, "phone": "+46 40"}, "+46 40"),
        ({"in_person": False, "format": Format.CALL}, "number"),
    ],
)
def test_every_letter_says_where_or_how(changes: dict[str, typing.Any], words: str) -> None:
    assert words in text(**changes)
    assert "Hauptstr" not in text(**changes)


def test_a_guest_without_a_usable_name_is_greeted_all_the_same() -> None:
    letter = worded(facts(guest_name="ana@example.com"), SEED)
    nameless = worded(facts(guest_name=""), SEED)

    assert letter.text.startswith("Hello,\n\n")
    assert nameless.title == "Coffee with Olle"


def test_titles_use_first_names_among_equals_and_whole_names_elsewhere() -> None:
    assert worded(facts(), SEED).title == "Coffee: Ana and Olle"
    assert worded(facts(upward=True), SEED).title == "Coffee: Ana Silva and Olle Owner"
    assert worded(facts(voice=Voice.CLIENT), SEED).title == "Coffee: Ana Silva and Olle Owner"


def test_the_owner_s_own_template_takes_the_place_of_ours() -> None:
    own = {
        "coffee": Template(
            "Kaffe, {first_name}?", "Hej {first_name}!\n\n{time}, {place}.\n\n/{my_first_name}"
        ),
        "any.client": Template("{organisation} & {my_organisation}", "{how_met}"),
    }

    assert worded(facts(place="Fabriken"), SEED, own) == (
        "Kaffe, Ana?",
        f"Hej Ana!\n\n{TIME}, Fabriken.\n\n/Olle",
    )
    empty = worded(facts(voice=Voice.CLIENT), SEED, own)
    assert empty == worded(facts(voice=Voice.CLIENT), SEED)


@pytest.mark.parametrize(
    ("relation", "conditions", "voice"),
    [
        (Relation.TEAM, (), Voice.COLLEAGUE),
        (Relation.TEAM, ("upward",), Voice.SENIOR),
        (Relation.MANAGER, ("upward",), Voice.MANAGER),
        (Relation.CLIENT, ("upward",), Voice.CLIENT),
        (Relation.CLIENT, ("lapsed",), Voice.LAPSED),
        (Relation.SENIOR_LEADER, ("lapsed", "upward"), Voice.SENIOR),
        (Relation.FRIEND, ("lapsed",), Voice.FRIEND),
        (Relation.UNKNOWN, ("former_colleague", "lapsed"), Voice.FORMER_COLLEAGUE),
        (Relation.SENIOR_LEADER, ("to_meet", "upward", "former_colleague"), Voice.TO_MEET),
    ],
)
def test_the_tone_follows_from_who_writes_to_whom(
    relation: Relation, conditions: tuple[str, ...], voice: Voice
) -> None:
    named = {
        each: each in conditions for each in ("upward", "to_meet", "lapsed", "former_colleague")
    }

    assert voice_for(relation, **named) is voice


def test_a_lapsed_senior_is_asked_in_words_of_their_own() -> None:
    letters = {
        text(Seed("x", n), voice=Voice.SENIOR, lapsed=True).split("\n\n")[1] for n in range(3)
    }

    assert letters == set(phrases.LAPSED_SENIOR)


@pytest.mark.parametrize(
    ("relation", "theirs", "own", "upward"),
    [
        (Relation.TEAM, Seniority.DIRECTOR, "professional", True),
        (Relation.TEAM, Seniority.DIRECTOR, "director", False),
        (Relation.TEAM, Seniority.DIRECTOR, "executive", False),
        (Relation.TEAM, Seniority.DIRECTOR, "", True),
        (Relation.TEAM, Seniority.MANAGER, "", False),
        (Relation.TEAM, Seniority.MANAGER, "junior", True),
        (Relation.SENIOR_LEADER, None, "director", True),
        (Relation.CLIENT, None, "junior", False),
        (Relation.SENIOR_LEADER, Seniority.DIRECTOR, "executive", False),
    ],
)
def test_who_is_the_senior_of_the_two(
    relation: Relation, theirs: Seniority | None, own: str, upward: bool
) -> None:
    assert is_upward(relation, theirs, own) is upward


def test_private_notes_have_no_way_into_a_letter() -> None:
    hints = typing.get_type_hints(LetterFacts)
    taken = {typing.get_type_hints(worded)[name] for name in inspect.signature(worded).parameters}

    assert PrivateNotes not in hints.values()
    assert all("Person" not in str(each) for each in (*hints.values(), *taken))


@given(st.text(max_size=60), st.text(max_size=60), st.text(max_size=60))
def test_whatever_a_contact_export_holds_a_letter_keeps_its_four_parts(
    name: str, organisation: str, ground: str
) -> None:
    letter = worded(
        facts(
            guest_name=name,
            voice=Voice.CLIENT,
            organisation=organisation,
            my_organisation=name,
            common_ground=(ground,),
            how_met=ground,
        ),
        SEED,
    )

    assert len(letter.text.split("\n\n")) == 4
    assert "\n" not in letter.title
    assert not any(ord(char) < 32 and char != "\n" for char in letter.text)


def test_a_name_keeps_the_joiners_its_script_needs() -> None:
    letter = worded(facts(guest_name="ක්\u200dෂේත්\u200dර Silva"), SEED)

    assert "ක්\u200dෂේත්\u200dර" in letter.text


def test_a_fact_far_too_long_is_cut() -> None:
    letter = text(common_ground=("boats " * 100,))

    assert "boats boats" in letter
    assert len(letter) < 600


def test_phrases_name_only_facts_that_letters_have() -> None:
    named = set().union(*(placeholders(each) for each in sentences()))

    assert named <= wording._known(facts(common_ground=("we both sing",)), SEED).keys()


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Dear Ines,\n\nWe have not spoken.", "Dear Ines,"),
        ("\nHallo Ines!\nWie geht's?", "Hallo Ines!"),
        ("We have not spoken.\n\nBest,\nOlle", ""),
        ("", ""),
    ],
)
def test_a_salutation_is_found_where_there_is_one(text: str, expected: str) -> None:
    assert salutation(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Dear Ines,\n\nWe have not spoken.\n\nBest,\nOlle\n", "Best,\nOlle"),
        ("Dear Ines,\n\nWe have not spoken.", ""),
        ("Best,\n\nOlle", ""),
        ("First,\nsecond,\nthird", ""),
        ("", ""),
    ],
)
def test_a_valediction_is_found_where_there_is_one(text: str, expected: str) -> None:
    assert valediction(text) == expected


def test_every_letter_begins_and_ends_like_one() -> None:
    assert all(salutation(each.text).endswith(",") for each in all_examples())
    assert all(valediction(each.text).endswith("\nOlle") for each in all_examples())
