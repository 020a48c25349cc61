"""The owner's own texts: their files' form, what is wrong with them, and filling them in.

A file is named for a format, a voice, or both: `coffee.txt`, `coffee.senior.txt`, `any.txt`,
`any.senior.txt`. A first line `Title: ...` gives the title. ``{first_name}`` and the other names
of `PLACEHOLDERS` stand for facts; ``{{`` and ``}}`` are braces. A line that names a fact nobody
knows is left out.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from string import Formatter
from types import MappingProxyType
from typing import Final, NamedTuple, TypeAlias

from policies.outreach.phrases import Voice
from policies.people.person import Format

PLACEHOLDERS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "first_name": "what the guest is called",
        "name": "the guest's whole name",
        "my_first_name": "your first name",
        "my_name": "your whole name",
        "organisation": "the guest's organisation",
        "my_organisation": "your organisation",
        "format": "a coffee, lunch, a call",
        "time": "the time offered, in words",
        "place": "the place, link or number, if there is one",
        "since": "how long ago you met: since March, for about a year",
        "common_ground": "something you have in common",
        "how_met": "how you met",
        "offer": "what you can give them, where giving comes first",
    }
)
ANY: Final = "any"
_TITLE: Final = re.compile(r"title:\s*(.*)", re.IGNORECASE)


class Template(NamedTuple):
    """A title (empty: the usual one) and a text, both with placeholders."""

    title: str
    body: str


Templates: TypeAlias = Mapping[str, Template]
"""By name, as `coffee.senior`."""


class TemplateProblems(ValueError):
    """All that is wrong with one template, each with its line."""

    def __init__(self, problems: tuple[str, ...]) -> None:
        self.problems = problems
        super().__init__("; ".join(problems))


def parse_template(name: str, text: str) -> tuple[str, Template]:
    """One file: its name without ``.txt`` in the usual form, and the template.

    Raises:
        TemplateProblems: the name names no format or voice, or the text has placeholders that
            are none, or there is no text.
    """
    plain = text.removeprefix("\ufeff").replace("\r\n", "\n")
    first, _, rest = plain.partition("\n")
    titled = _TITLE.fullmatch(first.strip())
    made = Template(titled[1], rest.strip()) if titled else Template("", plain.strip())
    problems = [*_problems_of_name(name), *_problems_of_text(plain)]
    if not made.body:
        problems.append("there is no text in it")
    if problems:
        raise TemplateProblems(tuple(problems))
    return _usual(name), made


def template_for(templates: Templates, format_: Format, voice: Voice) -> Template | None:
    """The most particular one: for both, for the voice, for the format, for any."""
    form = format_.value.replace(" ", "-")
    names = (f"{form}.{voice}", f"{ANY}.{voice}", form, ANY)
    return next((templates[name] for name in names if name in templates), None)


def filled(text: str, facts: Mapping[str, str]) -> str:
    """``text`` with its placeholders filled; lines that name an unknown fact are left out."""
    lines = (
        line for line in text.split("\n") if all(facts.get(name) for name in placeholders(line))
    )
    return re.sub(r"\n{3,}", "\n\n", "\n".join(line.format_map(facts) for line in lines)).strip()


def placeholders(text: str) -> frozenset[str]:
    """The names in braces.

    Raises:
        ValueError: a brace without its partner.
    """
    return frozenset(field for _, field, _, _ in Formatter().parse(text) if field is not None)


def _problems_of_name(name: str) -> Iterator[str]:
    form, _, voice = _usual(name).partition(".")
    forms = [ANY, *(each.value.replace(" ", "-") for each in Format)]
    if form not in forms:
        yield f"{form!r} is no format; formats are {', '.join(forms)}"
    if voice and voice not in list(Voice):
        yield f"{voice!r} is no voice; voices are {', '.join(Voice)}"


def _problems_of_text(text: str) -> Iterator[str]:
    for number, line in enumerate(text.split("\n"), start=1):
        try:
            parts = list(Formatter().parse(line))
        except ValueError:
            yield f"line {number}: a brace without its partner; write {{{{ or }}}} for a real one"
            continue
        for _, field, form, conversion in parts:
            if field is None:
                continue
            if field not in PLACEHOLDERS:
                known = ", ".join(PLACEHOLDERS)
                yield f"line {number}: {{{field}}} is no placeholder; there are {known}"
            elif form or conversion:
                yield f"line {number}: {{{field}}} takes nothing after its name"


def _usual(name: str) -> str:
    return name.strip().casefold().replace(" ", "-").replace("_", "-")
