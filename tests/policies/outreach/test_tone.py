from __future__ import annotations

import pytest

from policies.outreach.tone import booking_link, tone_doubts
from policies.outreach.wording import all_examples


@pytest.mark.parametrize(
    ("text", "quoted"),
    [
        ("May I pick your brain over coffee?", "“pick your brain”"),
        ("It is only a quick favour.", "“quick favour”"),
        ("I am growing my network.", "“growing my network”"),
        ("Let us leverage this.", "“leverage”"),
        ("Just checking in!", "“Just checking in”"),
        ("When is a good time for you?", "“When is a good time”"),
        ("Book here: https://calendly.com/olle/30min", "calendly.com"),
        ("https://calendar.app.google/AbC", "calendar.app.google"),
    ],
)
def test_words_that_make_people_feel_used_are_pointed_at(text: str, quoted: str) -> None:
    (found,) = tone_doubts(text)

    assert found.startswith(f"{quoted}: ")


@pytest.mark.parametrize(
    "text",
    [
        "",
        "Would Tuesday at 10 suit you? I would like to hear how the move went.",
        "We can meet at https://meet.example.com/olle",
        "The stone bridge is out of reach; we circled it.",
    ],
)
def test_most_letters_raise_no_doubt(text: str) -> None:
    assert tone_doubts(text) == ()


def test_doubts_come_in_the_order_of_the_text() -> None:
    found = tone_doubts("A quick ask: touching base, see calendly.com/x to pick your brain")

    assert [each.partition(": ")[0] for each in found] == [
        "“quick ask”",
        "“touching base”",
        "calendly.com",
        "“pick your brain”",
    ]


def test_no_letter_of_our_own_raises_a_doubt_or_has_a_booking_page() -> None:
    for each in all_examples():
        assert tone_doubts(f"{each.title}\n{each.text}") == ()
        assert booking_link(each.text) == ""
