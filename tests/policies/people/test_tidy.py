from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from policies.people.tidy import BODY_MAX, LINE_MAX, body, line
from policies.text import shown

LINES = [
    ("  Ana \t Silva\r\n", "Ana Silva"),
    ("A\u202ena\u200b\u00ad", "Ana"),
    ("A\x00n\x1ba\x9b", "A n a"),
    ("A\ud800B", "A B"),
    ("\u0645\u06cc\u200c\u0634\u0648\u062f", "\u0645\u06cc\u200c\u0634\u0648\u062f"),
    ("x" * 999, "x" * LINE_MAX),
    ("", ""),
]


@pytest.mark.parametrize(("text", "expected"), LINES)
def test_a_line_holds_nothing_hidden(text: str, expected: str) -> None:
    assert line(text) == expected


def test_a_body_keeps_its_lines() -> None:
    assert body("\n a \r\nb\rc\u2028d\x07\n\n") == "a\nb\nc d"
    assert len(body("x\n" * BODY_MAX)) <= BODY_MAX


@given(st.text(max_size=400))
def test_tidying_again_changes_nothing(text: str) -> None:
    assert line(line(text)) == line(text)
    assert body(body(text)) == body(text)
    assert "\n" not in shown(line(text))
