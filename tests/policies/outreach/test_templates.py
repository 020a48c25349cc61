from __future__ import annotations

import pytest

from policies.outreach.phrases import Voice
from policies.outreach.templates import (
    PLACEHOLDERS,
    Template,
    TemplateProblems,
    filled,
    parse_template,
    template_for,
)
from policies.people.person import Format

FORMATS = ("coffee", "lunch", "walk", "drink", "call", "virtual-coffee", "event")
TEXT = "Title: Coffee, {first_name}?\r\n\r\nHi {first_name},\r\n\r\ncoffee on {time}?\r\n"


def test_a_file_has_a_title_line_and_a_text() -> None:
    assert parse_template("Coffee.Senior", TEXT) == (
        "coffee.senior",
        Template("Coffee, {first_name}?", "Hi {first_name},\n\ncoffee on {time}?"),
    )


def test_a_file_may_have_a_text_alone() -> None:
    assert parse_template("virtual coffee", "\ufeffOn {time}?") == (
        "virtual-coffee",
        Template("", "On {time}?"),
    )


def test_everything_wrong_with_a_file_is_said_at_once() -> None:
    text = "Title: {colour}\nHello {firstname}\n{time!r} {time:>9} {} {place}\n{oops\nall }} well"

    with pytest.raises(TemplateProblems) as caught:
        parse_template("koffee.boss", text)
    known = ", ".join(PLACEHOLDERS)
    assert caught.value.problems == (
        f"'koffee' is no format; formats are any, {', '.join(FORMATS)}",
        f"'boss' is no voice; voices are {', '.join(Voice)}",
        f"line 1: {{colour}} is no placeholder; there are {known}",
        f"line 2: {{firstname}} is no placeholder; there are {known}",
        "line 3: {time} takes nothing after its name",
        "line 3: {time} takes nothing after its name",
        f"line 3: {{}} is no placeholder; there are {known}",
        "line 4: a brace without its partner; write {{ or }} for a real one",
    )
    assert "; " in str(caught.value)


@pytest.mark.parametrize("text", ["", "Title: Coffee", "  \n\n"])
def test_a_file_without_a_text_is_refused(text: str) -> None:
    with pytest.raises(TemplateProblems, match="no text"):
        parse_template("any", text)


def test_the_most_particular_template_is_used() -> None:
    named = {
        name: Template("", name)
        for name in ("virtual-coffee.senior", "any.senior", "coffee", "any")
    }

    def used(format_: Format, voice: Voice) -> str:
        found = template_for(named, format_, voice)
        return found.body if found else ""

    assert used(Format.VIRTUAL_COFFEE, Voice.SENIOR) == "virtual-coffee.senior"
    assert used(Format.COFFEE, Voice.SENIOR) == "any.senior"
    assert used(Format.COFFEE, Voice.FRIEND) == "coffee"
    assert used(Format.LUNCH, Voice.FRIEND) == "any"
    assert template_for({}, Format.LUNCH, Voice.FRIEND) is None


def test_lines_that_name_an_unknown_fact_are_left_out() -> None:
    text = "Hi {first_name},\n\nat {place}.\n\nfrom {organisation}\n{{really}} on {time}?"

    assert filled(text, {"first_name": "Ana", "place": "", "time": "Monday"}) == (
        "Hi Ana,\n\n{really} on Monday?"
    )


def test_braces_in_a_fact_stay_what_they_are() -> None:
    assert filled("{first_name}!", {"first_name": "{time}"}) == "{time}!"
