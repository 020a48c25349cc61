# ruff: noqa: RUF001 - letters that look alike are the subject
from __future__ import annotations

import unicodedata
from collections.abc import Callable
from itertools import product

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from policies.people import identity
from policies.people.identity import (
    SEVERAL_READERS,
    Doubt,
    NotAnAddress,
    address,
    doubts,
    folded,
    name_from,
    person_id,
    readable_domain,
    sentence,
)

SAME = [
    ("ana@example.com", "ana@example.com"),
    ("  Ana@Example.COM\n", "ana@example.com"),
    ("\ufeffana@example.com\u200b", "ana@example.com"),
    ("mailto:Ana@example.com", "ana@example.com"),
    ("MAILTO:ana%40example.com?subject=Hi", "ana@example.com"),
    ("mailto:jos%C3%A9@example.com", "josé@example.com"),
    ("Ana Silva <ana@example.com>", "ana@example.com"),
    ('"Silva, Ana" <ana@example.com>', "ana@example.com"),
    ("<ana@example.com>", "ana@example.com"),
    ("ana+list@example.com", "ana+list@example.com"),
    ("o'neil_b-c@example.com", "o'neil_b-c@example.com"),
    ("ana＠example．com", "ana@example.com"),
    ("ｆｕｌｌ@example.com", "full@example.com"),
    ("jose\u0301@example.com", "josé@example.com"),
    ("ana@Bücher.example", "ana@xn--bcher-kva.example"),
    ("ana@straße.example", "ana@xn--strae-oqa.example"),
    ("ana@例え.example", "ana@xn--r8jz45g.example"),
    ("a@x-y.co.example", "a@x-y.co.example"),
]


@pytest.mark.parametrize(("text", "expected"), SAME)
def test_an_address_has_one_form_however_it_is_written(text: str, expected: str) -> None:
    assert address(text) == expected
    assert address(expected) == expected


WRONG = [
    ("", "no address"),
    (" <> ", "no address"),
    ("ana", "no name, at sign and domain"),
    ("@example.com", "no name, at sign and domain"),
    ("ana@", "no name, at sign and domain"),
    ("ana@example", "incomplete"),
    ("ana@10.0.0.1", "incomplete"),
    ("ana@[10.0.0.1]", "cannot be one"),
    ("ana@-example.com", "cannot be one"),
    ("ana@example..com", "cannot be one"),
    ("ana@exa_mple.com", "cannot be one"),
    (f"ana@{'a' * 64}.com", "cannot be one"),
    (f"ana@{'a.' * 130}com", "cannot be one"),
    (f"ana@{'ü' * 70}.com", "cannot be one"),
    (".ana@example.com", "before the at sign"),
    ("an..a@example.com", "before the at sign"),
    ("an,a@example.com", "before the at sign"),
    (f"{'a' * 65}@example.com", "before the at sign"),
    ("an a@example.com", "spaces or hidden"),
    ("an\u200ba@example.com", "spaces or hidden"),
    ("ana\u202e@example.com", "spaces or hidden"),
    ("ana@exa\0mple.com", "spaces or hidden"),
    ("ana@exam\r\nple.com", "spaces or hidden"),
    ("ana@home@example.com", "more than one|two at signs"),
    ("ana@example.com, bo@example.com", "more than one"),
    ("ana@example.com;bo@example.com", "more than one"),
    ("ana@example.com bo@example.com", "more than one"),
    ("mailto:%FF@example.com", "no text"),
    ("a" * 1001 + "@example.com", "too long"),
]


@pytest.mark.parametrize(("text", "cause"), WRONG)
def test_what_is_no_single_address_is_refused_with_the_reason(text: str, cause: str) -> None:
    with pytest.raises(NotAnAddress, match=cause):
        address(text)


def test_the_reason_never_repeats_the_text() -> None:
    with pytest.raises(NotAnAddress) as caught:
        address("secret person@example.com other@example.com")

    assert "secret" not in str(caught.value)


@given(st.text(max_size=40) | st.from_regex(r".{1,9}@.{1,9}\.[a-zA-Zé]{2,5}", fullmatch=True))
@example("İ@x.example")
@example("ǅ@x.example")
@example("a@ẞ.example")
def test_an_address_in_its_form_stays_as_it_is(text: str) -> None:
    try:
        form = address(text)
    except NotAnAddress:
        return

    assert address(form) == form
    assert address(f"  Somebody <{form}> ") == form
    assert form.partition("@")[2].isascii()


DOUBTS = [
    ("ana.silva@example.com", ()),
    ("it.girl@example.com", ()),
    ("kapil.dev@example.com", ()),
    ("anna.l@example.com", ()),
    ("postma@example.com", ()),
    ("o.all@example.com", ()),
    ("info@example.com", (Doubt.ROLE,)),
    ("info+news@example.com", (Doubt.ROLE,)),
    ("sales.emea@example.com", (Doubt.ROLE,)),
    ("kontakt@example.com", (Doubt.ROLE,)),
    ("team@example.com", (Doubt.ROLE,)),
    ("hr@example.com", (Doubt.ROLE,)),
    ("python-list@example.org", (Doubt.LIST,)),
    ("kernel-dev@example.org", (Doubt.LIST,)),
    ("all-staff@example.com", (Doubt.LIST,)),
    ("everyone@example.com", (Doubt.LIST,)),
    ("chess@lists.example.org", (Doubt.LIST,)),
    ("chess@googlegroups.com", (Doubt.LIST,)),
    ("noreply@example.com", (Doubt.NO_REPLY,)),
    ("no-reply-3f2a@example.com", (Doubt.NO_REPLY,)),
    ("calendar-notification@example.com", (Doubt.NO_REPLY,)),
    ("do_not_reply@example.com", (Doubt.NO_REPLY,)),
    ("donotreply@example.com", (Doubt.NO_REPLY,)),
    ("bounce+x=y@example.com", (Doubt.NO_REPLY,)),
    ("c_18@resource.calendar.google.com", (Doubt.NOT_A_PERSON,)),
    ("abc@group.calendar.google.com", (Doubt.NOT_A_PERSON,)),
    ("meetingroom-3@example.com", (Doubt.NOT_A_PERSON,)),
    ("josé@example.com", (Doubt.BEYOND_ASCII,)),
    ("ana@xn--bcher-kva.example", (Doubt.BEYOND_ASCII,)),
    ("ana@xn--xample-2of.com", (Doubt.BEYOND_ASCII, Doubt.MIXED_SCRIPT, Doubt.LOOKALIKE)),
    ("аnа@example.com", (Doubt.BEYOND_ASCII, Doubt.MIXED_SCRIPT, Doubt.LOOKALIKE)),
    ("сосо@example.com", (Doubt.BEYOND_ASCII, Doubt.LOOKALIKE)),
    ("ana@xn--r8jz45g.example", (Doubt.BEYOND_ASCII,)),
    ("ana@xn--0000000000000.com", (Doubt.BEYOND_ASCII,)),
    ("ana@examp1e.com", (Doubt.LOOKALIKE,)),
    ("ana@exarnple.com", (Doubt.LOOKALIKE,)),
    ("ana@sub.example.com", ()),
]


@pytest.mark.parametrize(("text", "expected"), DOUBTS)
def test_a_doubtful_address_says_in_what(text: str, expected: tuple[Doubt, ...]) -> None:
    assert doubts(text, frozenset({"example.com"})) == expected


def test_without_known_domains_nothing_in_ascii_looks_like_another() -> None:
    assert doubts("ana@examp1e.com") == ()


def test_every_doubt_has_words() -> None:
    assert all(sentence(doubt) for doubt in Doubt)
    assert Doubt.LOOKALIKE not in SEVERAL_READERS


# Letters that Unicode lists as drawn like the Latin one (UTS 39), none of them in our own table.
CONFUSABLE = {
    "a": "аɑα⍺", "c": "сϲⅽ", "d": "ԁⅾɗ", "e": "еҽ℮", "g": "ɡգց", "h": "һհ", "i": "іӏɩι",
    "j": "јϳ", "l": "ӏ1ⅼ", "m": "ⅿ", "n": "ոռ", "o": "оοօ൦", "p": "рρ⍴", "q": "ԛգ", "r": "гᴦ",
    "s": "ѕꜱ", "u": "սυʋ", "v": "ѵν∨", "w": "ԝաш", "x": "хⅹ×", "y": "уүγ", "z": "ᴢ",
}  # fmt: skip
KNOWN = (
    "quick.brown.fox@jumps-over-laz.example",
    "lazy.dog@whiz-quartz-glyph-vex.example",
    "judy.vex.maqri@pack-my-box-with.example",
    "sphinx.of.black@quartz-judge-my-vow.example",
)
DOMAINS = frozenset(known.partition("@")[2] for known in KNOWN)


def test_no_pair_that_looks_alike_passes_as_the_same_or_without_a_doubt(
    record_property: Callable[[str, object], None],
) -> None:
    pairs, passed = 0, list[str]()
    for known, (plain, others) in product(KNOWN, CONFUSABLE.items()):
        for other, place in product(others, ("local", "domain")):
            local, _, domain = known.partition("@")
            faked = (
                f"{local.replace(plain, other)}@{domain}"
                if place == "local"
                else f"{local}@{domain.replace(plain, other)}"
            )
            if faked == known:
                continue
            pairs += 1
            try:
                form = address(faked)
            except NotAnAddress:
                continue
            # A compatibility letter is the letter itself (NFKC), so its address is the known one.
            same = unicodedata.normalize("NFKC", faked) == known
            ascii_local = other.isascii() and place == "local"
            if not (same or ascii_local or doubts(form, DOMAINS)):
                passed.append(faked)

    record_property("pairs of addresses that look alike", pairs)
    assert passed == []
    assert pairs >= 200


IDS = [
    ("Ana Silva", "ana-silva"),
    ("  ANA   silva ", "ana-silva"),
    ("Jean-Luc O'Neil", "jean-luc-o-neil"),
    ("Zoë Žižek", "zoe-zizek"),
    ("Łukasz Żółć", "lukasz-zolc"),
    ("Straße", "strasse"),
    ("Søren Kærgård", "soren-kaergard"),
    ("Сергей Щукин", "sergei-shchukin"),
    ("Ёлка Йод", "elka-iod"),
    ("Νίκος Ψυχής", "nikos-psychis"),
    ("李小龙", "person-535320da"),
    ("李 Wang", "wang"),
    ("007", "person-"),
    ("", "person-e3b0c442"),
    ("x" * 99, "x" * 40),
]


@pytest.mark.parametrize(("name", "expected"), IDS)
def test_a_key_is_readable_in_any_script(name: str, expected: str) -> None:
    assert person_id(name, ()).startswith(expected)


def test_the_second_of_a_name_gets_a_number() -> None:
    assert person_id("Ana Silva", {"ana-silva", "ana-silva-2"}) == "ana-silva-3"


@given(st.text(max_size=60), st.sets(st.from_regex("person-[0-9]{1,2}|a|a-2", fullmatch=True)))
def test_a_key_is_always_new_plain_and_the_same_for_the_same_name(
    name: str, taken: set[str]
) -> None:
    key = person_id(name, taken)

    assert key not in taken
    assert set(key) <= set("abcdefghijklmnopqrstuvwxyz0123456789-")
    assert key == person_id(name, taken)


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("ana.silva@x.example", "Ana Silva"),
        ("ana_silva+news@x.example", "Ana Silva"),
        ("asilva2@x.example", "Asilva"),
        ("42@x.example", "42@x.example"),
    ],
)
def test_a_name_can_be_guessed_from_an_address(text: str, name: str) -> None:
    assert name_from(text) == name


def test_folding_forgets_case_accents_and_spaces() -> None:
    assert folded("  JOSÉ  Straße ") == "jose strasse"


def test_a_domain_is_shown_in_its_own_letters_and_a_broken_one_as_it_is() -> None:
    assert readable_domain("xn--bcher-kva.example") == "bücher.example"
    assert readable_domain("xn--\u00fc.example") == "xn--\u00fc.example"


@pytest.mark.parametrize(
    ("found", "listed"),
    [
        ("ana@example.com", "ana@example.com"),
        ("ana@bücher.example", "ana@xn--bcher-kva.example"),
        ("bücher", "bücher"),
    ],
)
def test_an_address_out_of_a_calendar_is_in_the_form_of_the_list(found: str, listed: str) -> None:
    assert identity.as_listed(found) == listed
