from __future__ import annotations

import re

import pytest
from defusedxml.ElementTree import fromstring

from agent.digest import forms
from agent.digest.sections import Section

NASTY = "3. <img src=x onerror=alert(1)> *Ana* [x](http://evil.example.com) & `co`\u202e"
SECTIONS = (
    Section("Waiting for your yes", (NASTY, "- not a list"), urgent=True),
    Section("Most overdue", ("Ana (A): red",)),
)
PAGE = "http://127.0.0.1:8377/"
GMAIL_CUTS = 102 * 1024


def test_a_name_is_text_in_markdown_whatever_it_looks_like() -> None:
    said = forms.markdown(SECTIONS, PAGE)

    heading, empty, first, second, *_ = said.splitlines()
    assert (heading, empty) == ("## Waiting for your yes", "")
    assert first.startswith("- 3\\. \\<img src=x onerror=alert(1)\\> \\*Ana\\* \\[x\\](\\[a link")
    assert second == "- \\- not a list"
    assert said.endswith(f"[Open the page](<{PAGE}>)\n")


def test_the_only_link_of_any_form_is_the_page_and_it_carries_nothing() -> None:
    sections = forms.shortened(SECTIONS)
    html = forms.html(sections, "Fika", PAGE)

    assert re.findall(r'href="([^"]*)"', html) == [PAGE]
    assert "evil" not in html + forms.plain(sections) + forms.markdown(SECTIONS)
    assert "<form" not in html
    assert "<img" not in html
    assert re.findall(r"https?://127\S+", forms.plain(sections, PAGE)) == [PAGE]
    assert "href" not in forms.html(sections, "Fika")


def test_html_is_tables_and_what_guests_write_is_text_in_it() -> None:
    html = forms.html(SECTIONS, "Fika", PAGE)

    body = html.partition("<body")[2]
    assert not re.search(r"<(div|script|link|svg|section|p)\b", body)
    assert "&lt;img src=x" in html


def test_html_is_well_formed_even_with_hostile_names() -> None:
    html = forms.html(forms.shortened(SECTIONS), "Fika", PAGE)

    fromstring(
        "<body" + re.sub(r"<meta[^>]*>", "", html).partition("<body")[2].partition("</html>")[0]
    )


@pytest.mark.parametrize("letter", ["&", "å", "人", "<"])
def test_the_longest_digest_is_shorter_than_what_gmail_cuts_off(letter: str) -> None:
    endless = tuple(Section("Heading", (letter * 5000,) * 400, urgent=True) for _ in range(30))

    html = forms.html(forms.shortened(endless), forms.subject(endless), PAGE)
    assert len(html.encode()) < GMAIL_CUTS


def test_of_many_lines_the_first_are_told_and_the_rest_counted() -> None:
    (section,) = forms.shortened([Section("Heading", tuple(map(str, range(12))))])

    assert section.lines == (*map(str, range(9)), "and 3 more: fika digest")
    (whole,) = forms.shortened([Section("Heading", tuple(map(str, range(10))))])
    assert whole.lines == tuple(map(str, range(10)))


def test_of_many_sections_the_last_are_named_only() -> None:
    many = [Section(f"Part {each}", ("a line",)) for each in range(11)]

    found = forms.shortened(many)
    assert [each.heading for each in found] == [*(f"Part {each}" for each in range(8)), "And more"]
    assert found[-1].lines == ("Part 8, Part 9, Part 10: fika digest",)


def test_a_chat_is_never_cut_right_after_a_heading() -> None:
    for length in range(120, 181):
        parts = [Section(f"Part {part}", ("x" * length,) * 4) for part in range(9)]

        said, end, _ = forms.chat(parts).rpartition("\n\nand more: fika digest\n")
        assert end
        assert said.splitlines()[-1] == f"- {'x' * length}"
        assert forms.plain(parts).startswith(said)


def test_the_subject_counts_what_is_asked_before_anything_is_cut() -> None:
    assert forms.subject(SECTIONS) == "Fika: 2 for you"
    assert forms.subject(SECTIONS[1:]) == "Fika: all is well"
