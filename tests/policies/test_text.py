import unicodedata

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from policies.text import LIMIT, as_sentence, cell, one_line, shown, shown_lines, visible

HOSTILE = "".join(
    map(
        chr,
        [
            *range(0x20),
            *range(0x7F, 0xA1),
            *(0x0301, 0x034F, 0x061C, 0x115F, 0x180B, 0x180E, 0x200B, 0x200C, 0x200D, 0x200E),
            *(0x2028, 0x2029, 0x202E, 0x2060, 0x2066, 0x2069, 0x2800, 0x3000, 0x3164, 0xFE0F),
            *(0xD800, 0xDFFF, 0xFEFF, 0xFFF9, 0xFFFE, 0xE0041, 0xE0100, 0x1D173, 0x1F469),
        ],
    )
)
TEXTS = st.text() | st.text(st.sampled_from(HOSTILE + "ab <"), max_size=300)
SHAPELESS = {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}


def shapeless(text: str) -> list[str]:
    return [c for c in text if unicodedata.category(c) in SHAPELESS or c in "\u034f\u3164\u2800"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Coffee with Ana", "Coffee with Ana"),
        ("Zoë, 徹, Ólafur, فاطمة", "Zoë, 徹, Ólafur, فاطمة"),
        ("a" + "\u20dd" * 9 + "b", "a" + "\u20dd" * 4 + "b"),
        ("", ""),
        (" \t ", ""),
        ("two\r\nlines\tand a tab", "two lines and a tab"),
        ("one\u2028two\u2029three\x85four", "one two three four"),
        ("far" + " " * 500 + "apart", "far apart"),
        ("no\u00a0break\u3000wide", "no break wide"),
        ("\x1b[2Jgone", "^[[2Jgone"),
        ("\x1b]52;c;aGk=\x07", "^[]52;c;aGk=^G"),
        ("\x00\x1f\x7f", "^@^_^?"),
        ("\x9b31m", "<U+009B>31m"),
        ("evil\u202etxt.exe", "evil<U+202E>txt.exe"),
        ("\u2066a\u2069", "<U+2066>a<U+2069>"),
        ("pay\u200bpal", "pay<U+200B>pal"),
        ("pay\u200dpal", "pay<U+200D>pal"),
        ("soft\u00adhyphen", "soft<U+00AD>hyphen"),
        ("filler\u3164", "filler<U+3164>"),
        ("\U000e0041\U000e0042", "<U+E0041><U+E0042>"),
        ("half \ud800 pair", "half <U+D800> pair"),
        ("\ufdd0", "<U+FDD0>"),
        ("\u2615\ufe0f Coffee", "\u2615 Coffee"),
        ("\U0001f469\u200d\U0001f4bb", "\U0001f469\U0001f4bb"),
        ("\u0645\u06cc\u200c\u062e\u0648", "\u0645\u06cc\u062e\u0648"),
        ("a" + "\u0335" * 50 + "b", "a" + "\u0335" * 4 + "b"),
        ("\u0301 accent first", "<U+0301> accent first"),
    ],
)  # fmt: skip
def test_a_text_is_shown_without_anything_hidden(text: str, expected: str) -> None:
    assert shown(text) == expected


@pytest.mark.parametrize(
    "blank",
    [
        *"\u034f\u115f\u1160\u17b4\u17b5\u2800\u3164\uffa0",
        *"\U00013441\U00013442\U00016fe4\U0001d159",
    ],
)
def test_what_is_drawn_as_nothing_is_named(blank: str) -> None:
    assert shown(f"a{blank}b") == f"a<U+{ord(blank):04X}>b"


def test_every_control_character_is_shown_as_something_else() -> None:
    for code in [*range(0x20), *range(0x7F, 0xA0)]:
        plain = shown(f"a{chr(code)}b")

        assert plain.isprintable()
        assert plain != "ab"


def test_a_text_too_long_ends_in_an_ellipsis() -> None:
    assert shown("x" * (LIMIT + 1)) == "x" * (LIMIT - 1) + "…"
    assert len(shown("x" * 121)) == 120
    assert shown("abcdef", 4) == "abc…"
    assert shown("ab cdef", 4) == "ab…"
    assert shown("a\tb", 3) == "a b"


def test_the_limit_holds_after_expansion_and_cuts_no_code_point_in_half() -> None:
    assert shown("\u202e" * 100, 20) == "<U+202E><U+202E>…"


@pytest.mark.parametrize(("limit", "expected"), [(0, ""), (1, "…")])
def test_even_the_smallest_limit_holds(limit: int, expected: str) -> None:
    assert shown("abc", limit) == expected


def test_what_was_too_far_away_to_be_looked_at_is_said_to_be_missing() -> None:
    assert shown(" " * 19_999 + "x") == "x"
    assert shown(" " * 20_000 + "x") == "…"


@settings(max_examples=10_000, deadline=None)
@given(TEXTS, st.integers(0, 200))
@example("\u0301" * 300, 10)
@example("\ufe0f a", 10)
def test_whatever_is_shown_is_visible_and_within_the_limit(text: str, limit: int) -> None:
    plain = shown(text, limit)

    assert not shapeless(plain)
    assert len(plain) <= limit
    assert plain == plain.strip()
    assert shown(plain, limit) == plain


def test_a_body_may_be_longer_than_a_line_and_a_cell_too() -> None:
    assert len(shown_lines("x" * 4_001)) == 4_000
    assert len(cell("x" * 1_001)) == 1_000
    assert shown_lines("ab\nc", 4) == "ab\nc"
    assert shown_lines("abc\nd", 4) == "abc"
    assert shown_lines(" " * 9 + "x", 4) == "x"


def test_the_lines_of_a_body_stay_lines() -> None:
    assert (
        shown_lines("Dear Ana,\r\n\r\n\tcoffee?\x1b[1m\rOlle") == "Dear Ana,\n\ncoffee?^[[1m\nOlle"
    )


@given(TEXTS, st.integers(0, 500))
def test_the_lines_of_a_body_are_visible_and_within_the_limit(text: str, limit: int) -> None:
    plain = shown_lines(text, limit)

    assert not shapeless(plain.replace("\n", ""))
    assert len(plain) <= limit


def test_what_is_sent_keeps_its_letters_and_loses_its_line_breaks() -> None:
    assert one_line("a\x1b\r\nb\u2028c\ud800d") == "a   b c d"
    assert (
        one_line("\u0645\u06cc\u200c\u062e \u2615\ufe0f") == "\u0645\u06cc\u200c\u062e \u2615\ufe0f"
    )


def test_nothing_that_is_sent_turns_the_reading_order() -> None:
    assert one_line("\u2068Ana\u2069, \u202egnp.exe\u202c") == "Ana, gnp.exe"
    assert one_line("\u200fאבג") == "\u200fאבג"


def test_what_only_quotes_keeps_its_shape_and_hides_nothing() -> None:
    assert visible("  a  b\n\tc\x1b\u202e") == "  a  b\n    c^[<U+202E>"
    assert visible("a\u2028b\u2029c") == "a<U+2028>b<U+2029>c"
    assert visible("plain:  words\n") == "plain:  words\n"


@given(TEXTS)
def test_what_is_sent_can_be_encoded_and_is_never_longer_than_it_was(text: str) -> None:
    sent = one_line(text)

    assert len(sent.encode().decode()) <= len(text)
    assert len(sent.splitlines()) <= 1
    assert one_line(sent) == sent


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Ana", "Ana"),
        ("=1+1", "'=1+1"),
        ("+49 30 1234", "'+49 30 1234"),
        ("-2", "'-2"),
        ("@sum(a1)", "'@sum(a1)"),
        ("\t=1+1", "'=1+1"),
        ("\uff1d1", "'\uff1d1"),
        ("a=b", "a=b"),
    ],
)
def test_no_cell_of_a_spreadsheet_is_a_formula(text: str, expected: str) -> None:
    assert cell(text) == expected


@pytest.mark.parametrize(
    ("cause", "sentence"),
    [
        ("", ""),
        ("paused", "Paused."),
        ("Ana left.", "Ana left."),
        ("åsa's STOP file", "Åsa's STOP file."),
    ],
)
def test_a_cause_by_itself_is_a_sentence(cause: str, sentence: str) -> None:
    assert as_sentence(cause) == sentence
