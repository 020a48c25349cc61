from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta

import pytest
from defusedxml.ElementTree import fromstring

from agent.pictures import contact_strip, relationship_map, stylesheet
from agent.pictures.figure import Picture, sheet, text_width
from agent.pictures.palette import PALETTE
from policies.audit.cadence import Standing, ranked, standing
from policies.people.person import PersonId, Priority, Relation
from policies.rules import CadenceRules
from tests import make

TODAY = date(2026, 3, 31)
SVG = "{http://www.w3.org/2000/svg}"
DEUTERANOPIA = (
    (0.367322, 0.860646, -0.227968),
    (0.280085, 0.672501, 0.047413),
    (-0.011820, 0.042940, 0.968881),
)
PROTANOPIA = (
    (0.152286, 1.052583, -0.204868),
    (0.114503, 0.786281, 0.099216),
    (-0.003882, -0.048116, 1.051998),
)
NASTY = '<script>alert(1)</script> $x^2$ "&\u202e\x1b\x00\ud800'


def standings(names: Sequence[str]) -> tuple[Standing, ...]:
    relations = list(Relation)
    return ranked(
        standing(
            replace(
                make.person(name, list(Priority)[at % 4]),
                id=PersonId(f"p{at}"),
                relation=relations[at % 5],
            ),
            None if at % 7 == 0 else TODAY - timedelta(days=at * 29 % 300),
            None,
            TODAY,
            CadenceRules(),
        )
        for at, name in enumerate(names)
    )


@pytest.fixture(scope="module")
def drawn() -> str:
    people = standings([NASTY, *(f"Person {each}" for each in range(20))])
    return relationship_map(people, link=lambda one: f"/people/{one.person.id}?a=1&b=2")


def test_a_picture_holds_nothing_a_strict_policy_would_refuse(drawn: str) -> None:
    root = fromstring(drawn)

    tags = {each.tag.removeprefix(SVG) for each in root.iter()}
    attributes = {key for each in root.iter() for key in each.attrib}
    shapes = {"path", "rect", "text", "title", "desc", "a"}
    assert tags <= {"svg", "g", "defs", "use", "clipPath", *shapes}
    assert not {"style", "onload", "target"} & attributes
    assert "http" not in drawn.replace("http://www.w3.org/2000/svg", "")


def test_what_a_stranger_calls_themselves_is_text_and_nothing_else(drawn: str) -> None:
    written = [each.text for each in fromstring(drawn).iter(f"{SVG}text")]

    assert "<script>" not in drawn
    assert "\u202e" not in drawn
    assert any(each and each.startswith("<script>alert(1)</s") for each in written)


def test_each_person_is_one_link_that_says_who_they_are_and_how_they_stand(drawn: str) -> None:
    links = list(fromstring(drawn).iter(f"{SVG}a"))

    assert len(links) == 21
    found = {each.get("href"): each.get("aria-label") for each in links}
    assert found["/people/p5?a=1&b=2"] == "Person 4, priority B: red, 145 days since contact"
    assert found["/people/p7?a=1&b=2"] == "Person 6, priority D: still to meet"


def test_a_picture_is_named_and_described_to_whoever_does_not_see_it(drawn: str) -> None:
    root = fromstring(drawn)
    plain = fromstring(contact_strip([TODAY], TODAY))

    assert (root.get("role"), plain.get("role")) == ("group", "img")
    for each, name in ((root, "map"), (plain, "strip")):
        title, description = each[0], each[1]
        assert (title.tag, description.tag) == (f"{SVG}title", f"{SVG}desc")
        assert each.get("aria-labelledby") == title.get("id") == f"{name}-title"
        assert each.get("aria-describedby") == description.get("id") == f"{name}-description"
        assert title.text
        assert description.text


def test_the_same_facts_give_the_same_bytes() -> None:
    people = standings(["Ana", "Raj", "Mei"])

    assert relationship_map(people) == relationship_map(people)
    assert contact_strip([TODAY], TODAY) == contact_strip([TODAY], TODAY)


def test_every_colour_drawn_is_one_that_the_style_sheet_changes_with_the_theme(drawn: str) -> None:
    css, known = stylesheet(), {tone.light for tone in PALETTE.values()}
    for each in fromstring(drawn).iter():
        colours = {each.get("fill", "none"), each.get("stroke", "none")} - {"none"}
        assert colours <= known
        for name in each.get("class", "").split():
            assert f".{name}{{" in css


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_marks_stand_out_against_their_ground_and_words_more_so(theme: str) -> None:
    least = {"ink": 7.0, "quiet": 4.5, "amber-words": 4.5, "line": 1.0, "empty": 1.0, "ground": 1.0}
    ground = getattr(PALETTE["ground"], theme)

    for role, tone in PALETTE.items():
        assert contrast(getattr(tone, theme), ground) >= least.get(
            role, 3.0 if "heat" not in role else 2.5
        ), role


def test_a_list_of_nobody_is_a_picture_too() -> None:
    assert "Nobody is on your list yet" in relationship_map([])


def test_the_help_of_the_program_does_not_load_the_charting_library() -> None:
    code = (
        "import sys, agent.pictures; from agent.cli import root; print('matplotlib' in sys.modules)"
    )

    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert found.stdout.strip() == "False"


def contrast(one: str, other: str) -> float:
    """WCAG 2.2's ratio of two colours."""
    dark, light = sorted(map(luminance, (one, other)))
    return (light + 0.05) / (dark + 0.05)


def linear(value: float) -> float:
    return value / 12.92 if value <= 0.04045 else float(((value + 0.055) / 1.055) ** 2.4)


def luminance(colour: str) -> float:
    parts = re.findall("..", colour[1:])
    red, green, blue = (linear(int(each, 16) / 255) for each in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def test_a_home_that_cannot_be_written_is_nothing_to_tell_the_owner() -> None:
    code = "from datetime import date; from agent.pictures import contact_strip as drawn\n"
    nowhere = {"HOME": "/proc/none", "PATH": "", "XDG_CACHE_HOME": "/proc/none"}

    found = subprocess.run(
        [sys.executable, "-c", f"{code}drawn([], date(2026, 3, 31))"],
        capture_output=True,
        text=True,
        check=True,
        env=nowhere,
    )
    assert found.stdout + found.stderr == ""


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("sight", [DEUTERANOPIA, PROTANOPIA], ids=["no green", "no red"])
def test_who_cannot_tell_red_from_green_can_tell_each_status_by_its_lightness(
    theme: str, sight: Sequence[Sequence[float]]
) -> None:
    red, amber, green = (getattr(PALETTE[role], theme) for role in ("red", "amber", "green"))

    assert contrast(seen(red, sight), seen(amber, sight)) > 1.7
    assert contrast(seen(red, sight), seen(green, sight)) > 1.2


def seen(colour: str, sight: Sequence[Sequence[float]]) -> str:
    """The colour as somebody sees it who lacks a kind of cones (Machado and others, 2009)."""
    light = [linear(int(each, 16) / 255) for each in re.findall("..", colour[1:])]
    found = (sum(a * b for a, b in zip(row, light, strict=True)) for row in sight)
    return "#" + "".join(f"{round(255 * gamma(min(1.0, max(0.0, each)))):02x}" for each in found)


def gamma(value: float) -> float:
    return value * 12.92 if value <= 0.0031308 else 1.055 * value ** (1 / 2.4) - 0.055


def test_a_name_in_the_title_cannot_break_the_picture_either() -> None:
    (one,) = standings([NASTY])
    red = replace(one, last=date(2020, 1, 1))

    svg = relationship_map([red])
    assert (fromstring(svg)[0].text or "").startswith("1 of 1 relationship is red, <script>")
    svg.encode()


def test_a_letter_that_no_font_has_is_drawn_without_a_word() -> None:
    written = "＜Ana＞ \U0001f980 \U00012000"  # noqa: RUF001 - full width, on purpose

    figure, axes = sheet(200, 40)
    axes.text(5, 5, written)
    picture = Picture("one", "One", "Nothing else", figure)
    assert text_width(written, 9) > 0
    assert written in "".join(fromstring(picture.svg()).itertext())
    assert picture.png().startswith(b"\x89PNG")
