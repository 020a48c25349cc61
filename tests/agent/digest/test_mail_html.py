"""The digest's HTML against what mail programs are known to keep; docs/digest.md names the sources.

Gmail and Outlook cannot be run here, so the mail holds nothing that one of them is known to drop,
but for what does no harm when it is dropped.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from html.parser import HTMLParser
from typing import Final, NamedTuple

import pytest

from agent.digest import forms
from agent.digest.sections import Section

PAGE = "http://127.0.0.1:8377/"
SECTIONS = (
    Section("Waiting for your yes", ("1. Ana: coffee: fika show 1", "2. Raj: lunch"), urgent=True),
    Section("Questions", ("Which address?",), urgent=True),
    Section("Most overdue", ("Ana (A): red",)),
)
KEPT: Final = frozenset(
    {
        *("background-color", "border", "border-top", "color", "padding", "padding-bottom"),
        *("font-family", "font-size", "font-weight", "line-height", "text-decoration"),
    }
)
"""Kept by all three on the elements they stand on here."""
STOOD_IN_FOR: Final = {
    "display": "mso-hide",  # Outlook shows what is hidden by display alone
    "margin": "0",  # only to take away what a program adds by itself
    "max-width": "width",  # Outlook goes by the attribute
    "mso-hide": "display",  # and this is for Outlook
    "width": "width",
    "word-break": "",  # where it is dropped a long word is as wide as it is
}
DROPPED: Final = {
    "background-image": "Outlook on Windows",
    "border-radius": "Outlook on Windows",
    "box-shadow": "Gmail, Outlook on Windows",
    "clip-path": "Gmail, Outlook",
    "filter": "Gmail, Outlook",
    "flex": "Outlook on Windows",
    "float": "Outlook on Windows",
    "gap": "Gmail, Outlook on Windows",
    "grid": "Gmail, Outlook",
    "inset": "Gmail, Outlook",
    "opacity": "Outlook on Windows",
    "position": "Gmail, Outlook",
    "transform": "Gmail, Outlook",
    "transition": "Outlook",
    "z-index": "Gmail, Outlook",
}
TAGS: Final = frozenset({"body", "span", "table", "tr", "td", "h1", "h2", "a"})


class Tag(NamedTuple):
    """One element of the body, with its inline style."""

    name: str
    attributes: dict[str, str]
    style: dict[str, str]


class Body(HTMLParser):
    """The elements of a document's body, and its whole head."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[Tag] = []
        self.head, _, body = html.partition("<body")
        self.feed(f"<body{body}")

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        attributes = {name: value or "" for name, value in attrs}
        self.tags.append(Tag(tag, attributes, dict(_declared(attributes.get("style", "")))))


def _declared(style: str) -> Iterator[tuple[str, str]]:
    for each in filter(None, style.split(";")):
        name, _, value = each.partition(":")
        yield name.strip(), value.strip()


@pytest.fixture(scope="module")
def body() -> Body:
    return Body(forms.html(SECTIONS, forms.subject(SECTIONS), PAGE))


def complaints(body: Body) -> list[str]:
    """What a mail program would drop, and which one."""
    found = []
    for tag in body.tags:
        if tag.name not in TAGS:
            found.append(f"<{tag.name}>")
        for name, value in tag.style.items():
            stands_in = STOOD_IN_FOR.get(name)
            there = {*tag.attributes, *tag.style, value, ""}
            if name not in KEPT and (stands_in is None or stands_in not in there):
                found.append(f"{name}: {DROPPED.get(name, 'not known to be kept')}")
            if re.search(r"url\(|var\(|calc\(|rgba|flex|grid|!important", value):
                found.append(f"{name}: {value}")
    return found


def test_nothing_in_the_body_is_dropped_by_gmail_outlook_or_apple_mail(body: Body) -> None:
    assert complaints(body) == []


@pytest.mark.parametrize(
    "markup",
    [
        *(f'<td style="{name}:1px">' for name in DROPPED),
        '<td style="display:flex">',
        '<td style="display:none">',
        '<td style="max-width:600px">',
        '<td style="margin:4px">',
        '<td style="padding:calc(1px + 2px)">',
        "<div>",
        "<img>",
        "<style>",
    ],
)
def test_what_would_be_dropped_is_noticed(markup: str) -> None:
    assert complaints(Body(f"<body>{markup}"))


def test_every_table_is_for_layout_and_says_its_own_measures(body: Body) -> None:
    tables = [each.attributes for each in body.tags if each.name == "table"]

    assert len(tables) >= 3
    for each in tables:
        assert each["role"] == "presentation"
        assert (each["cellpadding"], each["cellspacing"], each["border"]) == ("0", "0", "0")
    assert {each.get("width") for each in tables[:2]} == {"100%", "600"}


def test_colours_are_written_in_full_and_none_is_pure(body: Body) -> None:
    colours = {
        found
        for tag in body.tags
        for value in tag.style.values()
        for found in re.findall(r"#\w+", value)
    }

    assert all(re.fullmatch("#[0-9a-f]{6}", each) for each in colours)
    assert not colours & {"#ffffff", "#000000"}, "some turn these round in the dark"


def test_the_dark_is_asked_for_in_the_head_and_harmless_where_it_is_dropped(body: Body) -> None:
    assert '<meta name="color-scheme" content="light dark">' in body.head
    assert '<meta name="supported-color-schemes" content="light dark">' in body.head
    assert "@media (prefers-color-scheme: dark)" in body.head
    styled = set(re.findall(r"\.([a-z]+) {", body.head))
    assert styled == {word for tag in body.tags for word in tag.attributes.get("class", "").split()}


def test_an_inbox_previews_how_much_there_is_and_no_name() -> None:
    html = forms.html(SECTIONS, forms.subject(SECTIONS), PAGE)

    hidden = re.search(r"<body[^>]*>\s*<span[^>]*>([^<]*)</span>", html)
    assert hidden is not None
    assert hidden[1] == "waiting for your yes: 2, questions: 1"
    assert forms.preview(SECTIONS[2:]) == "most overdue: 1"
