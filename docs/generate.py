"""Writes the parts of the documentation that come from the code: `make docs`.

A page is written by hand but for what stands between two marks, ``<!-- made: NAME -->`` and
``<!-- end -->``: that is what the function of that name in `PARTS` answers. What is shown as the
program's own words is what it said, run on the invented year of `fika demo` on a fixed day.
"""  # noqa: INP001 - a script beside the pages, no package

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import date, timedelta
from itertools import groupby
from pathlib import Path
from types import MappingProxyType
from typing import Final, NamedTuple

import click
import sample
from sample import NOW, WIDTH, block

from agent.cli.root import COMMANDS, cli
from policies.audit.cadence import arithmetic, standing
from policies.audit.evidence import Reason, sentence
from policies.outreach import notes as notes_by_hand
from policies.outreach import phrases, wording
from policies.outreach.phrases import Sentences, Voice
from policies.outreach.templates import PLACEHOLDERS
from policies.people.fields import FIELDS
from policies.people.person import Format, Person, PersonId, Priority
from policies.rules import CadenceRules
from policies.sending.action import ARROWS

ROOT: Final = Path(__file__).resolve().parents[1]
EXAMPLE: Final = ROOT / "config.example.toml"
_PART: Final = re.compile(r"(<!-- made: ([a-z-]+) -->\n).*?(<!-- end -->)", re.DOTALL)
_SECTION: Final = re.compile(r"(?:# )?\[{1,2}([\w.-]+)\]{1,2}(?:\s+# .*)?")
_KEY: Final = re.compile(r"(# )?([a-z_]+) = (.*?)(?:\s{2,}# (.*))?")


def made() -> dict[Path, str]:
    """Every page and picture as it should be."""
    pages = (ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md")))
    texts = {path: _PART.sub(_filled, path.read_text("utf-8")) for path in pages}
    return texts | {ROOT / "docs" / "pictures" / "audit.svg": sample.picture()}


def main() -> None:
    """Write what is not as it should be, and name it."""
    for path, text in made().items():
        if not path.exists() or path.read_text("utf-8") != text:
            path.write_text(text, "utf-8")
            click.echo(path.relative_to(ROOT))
    # Another release of the charting library may draw them otherwise, so no test compares them.
    for name, drawing in sample.drawings().items():
        (ROOT / "docs" / "pictures" / f"{name}.svg").write_text(drawing, "utf-8")


def _filled(found: re.Match[str]) -> str:
    return f"{found[1]}{PARTS[found[2]]().strip()}\n{found[3]}"


# ---------------------------------------------------------------- commands and settings


def commands() -> str:
    """Every command with its help, in the order of `fika --help`."""
    root = click.Context(cli, info_name="fika", terminal_width=WIDTH, **cli.context_settings)
    parts: list[str] = []
    for section, entries in groupby(COMMANDS.items(), key=lambda each: each[1].section):
        parts.append(f"## {section}")
        for name, _ in entries:
            parts += _helps(cli, name, root)
    return "\n\n".join(parts)


def _helps(group: click.Group, name: str, above: click.Context) -> Iterator[str]:
    command = group.get_command(above, name)
    if command is None:
        return
    context = click.Context(command, above, info_name=name)
    yield f"### `{context.command_path}`"
    yield block(command.get_help(context))
    if isinstance(command, click.Group):
        for each in command.list_commands(context):
            yield from _helps(command, each, context)


_EXAMPLES: Final = re.compile("url|host|folder|account|id|name|service|user|.*_from")
"""Settings without a default, wherever they are shown with a value."""


class Setting(NamedTuple):
    """One line of the example file; ``shown``: its value is an example, and no default."""

    key: str
    value: str
    about: str
    shown: bool


def settings() -> dict[str, list[Setting]]:
    """Every setting of the example file by its section, the first section being the top."""
    found: dict[str, list[Setting]] = {}
    section = above = ""
    for line in EXAMPLE.read_text("utf-8").splitlines():
        if header := _SECTION.fullmatch(line):
            section, above = header[1], ""
        elif key := _KEY.fullmatch(line):
            rows = found.setdefault(section, [])
            if all(key[2] != each.key for each in rows):
                about = key[4] or above
                none = _EXAMPLES.fullmatch(key[2]) or about.startswith("default: ")
                shown = not key[1] or bool(none and key[3] != '""')
                rows.append(Setting(key[2], key[3], about, shown))
            above = ""
        else:
            above = line.removeprefix("# ")
    return found


def configuration() -> str:
    """The settings as tables; those of the ways to meet side by side."""
    known, example = settings(), EXAMPLE.read_text("utf-8")
    formats = {name: known.pop(name) for name in list(known) if name.startswith("formats.")}
    cadences = {name: known.pop(name) for name in list(known) if name.startswith("cadence.")}
    parts: list[str] = []
    for name, rows in known.items():
        title = f"`[{name}]`" if name else "At the top of the file"
        if f"[[{name}]]" in example:
            title = f"`[[{name}]]`, once for each {name.rpartition('.')[2]}"
        parts += [f"### {title}", _table(("setting", "default", "meaning"), map(_setting, rows))]
        if name == "cadence":
            parts += ["### `[cadence.A]` to `[cadence.D]`", _side_by_side(cadences)]
        if name == "slots":
            parts += ["### `[formats.coffee]` and the other ways to meet", _side_by_side(formats)]
    return "\n\n".join(parts)


def _setting(row: Setting) -> tuple[str, str, str]:
    value = f"for example `{row.value}`" if row.shown else f"`{row.value}`"
    return f"`{row.key}`", value, row.about


def _side_by_side(sections: Mapping[str, list[Setting]]) -> str:
    keys = list(dict.fromkeys(row.key for rows in sections.values() for row in rows))
    values = {name: {row.key: row.value for row in rows} for name, rows in sections.items()}
    about = {row.key: row.about for rows in sections.values() for row in rows if row.about}
    table = _table(
        ("section", *(f"`{key}`" for key in keys)),
        [
            (f"`{name}`", *(f"`{found.get(key, '')}`" for key in keys))
            for name, found in values.items()
        ],
    )
    notes = "\n".join(f"- `{key}`: {text}" for key, text in about.items())
    return f"{table}\n\n{notes}" if notes else table


def _table(heading: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> str:
    lines = [heading, tuple("---" for _ in heading), *rows]
    return "\n".join(f"| {' | '.join(cell.replace('|', '/') for cell in row)} |" for row in lines)


# ---------------------------------------------------------------- people, evidence, sending


def fields() -> str:
    """Every field of a person."""
    rows = [
        (f"`{name}`", field.form.value, field.about + _allowed(field.allowed))
        for name, field in FIELDS.items()
    ]
    return _table(("field", "holds", "meaning"), rows)


def _allowed(values: tuple[str, ...]) -> str:
    return f": {', '.join(f'`{each}`' for each in values)}" if values else ""


def reasons() -> str:
    """Every reason why a meeting counts as it does."""
    return _table(("code", "in words"), [(f"`{each}`", sentence(each)) for each in Reason])


def worked() -> str:
    """Status and rank of three people, step by step, as `fika why` prints them."""
    today, rules = NOW.date(), CadenceRules()
    cases = (
        ("Ana, priority A, last met 72 days ago", Priority.A, today - timedelta(days=72)),
        ("Ben, priority B, last met 72 days ago", Priority.B, today - timedelta(days=72)),
        ("Cleo, priority A, still to meet, listed 63 days ago", Priority.A, None),
    )
    listed: date = today - timedelta(days=63)
    parts = []
    for title, priority, last in cases:
        person = Person(PersonId("x"), "X", priority=priority, listed_on=listed)
        one = standing(person, last, None, today, rules)
        parts.append(f"**{title}**\n\n" + block("\n".join(arithmetic(one))))
    return "\n\n".join(parts)


def states() -> str:
    """The states of sending, as a diagram in text."""
    lines = ["stateDiagram-v2", "    [*] --> proposed"]
    for before, after in ARROWS.items():
        lines += [f"    {_state(before)} --> {_state(each)}" for each in sorted(after)]
        lines += [f"    {_state(before)} --> [*]"] * (not after)
    return block("\n".join(lines), "mermaid")


def _state(name: str) -> str:
    return name.replace("-", "_")


# ---------------------------------------------------------------- the words of invitations


def placeholders() -> str:
    """What a text of the owner's own may name."""
    rows = [(f"`{{{name}}}`", about) for name, about in PLACEHOLDERS.items()]
    return _table(("placeholder", "stands for"), rows)


def sentences() -> str:
    """Every sentence there is, by who writes to whom and by what is asked."""
    parts = ["### How it begins and ends"]
    for voice in Voice:
        first, last = phrases.GREETINGS[voice], " / ".join(phrases.CLOSINGS[voice])
        parts += [f"**{voice}**: *{first}* … *{last}*", _listed(phrases.OPENINGS[voice])]
    parts += ["### What is asked"]
    for format_ in Format:
        parts += [f"**{format_}**", _listed(phrases.ASKS[format_])]
    for title, found in _SHARED.items():
        parts += [f"**{title}**", _listed(found)]
    return "\n\n".join(parts)


_SHARED: Final[Mapping[str, Sentences]] = MappingProxyType(
    {
        "of someone more senior": phrases.ASKS_UPWARD,
        "of someone you have not met": phrases.ASKS_TO_MEET,
        "after years, of someone senior": phrases.LAPSED_SENIOR,
        "where your one-to-ones stopped": phrases.RESTART,
        "where they stopped, of someone more senior": phrases.RESTART_SENIOR,
        "what you share": (*phrases.COMMON, *phrases.COMMON_CLAUSE),
        "what you share with someone you have not met": (
            *phrases.COMMON_TO_MEET,
            *phrases.COMMON_CLAUSE_TO_MEET,
        ),
        "a group you both sit in": phrases.GROUP,
        "a group gone quiet": phrases.GROUP_QUIET,
        "an event you both were at": phrases.AT_EVENT,
        "how you met": phrases.HOW_MET,
        "why you would like to meet": phrases.WHY_TO_MEET,
        "where": (*phrases.PLACES, *phrases.CITIES, *phrases.ANYWHERE),
        "where nobody knows whether they are ready to meet in person": phrases.OR_AFAR,
        "where, from afar": (
            *phrases.LINKS,
            *phrases.LINK_TO_COME,
            *phrases.NUMBERS,
            *phrases.NUMBER_TO_COME,
        ),
        "a way out": phrases.OUTS,
        "a way out, more formally": phrases.OUTS_FORMAL,
        "a way out for someone more senior": phrases.OUTS_UPWARD,
        "a way out for someone you have not met": phrases.OUTS_TO_MEET,
    }
)


def _listed(found: Sentences) -> str:
    return "\n".join(f"- {each}" for each in found)


def letters() -> str:
    """Whole invitations to invented people, by who writes to whom."""
    parts: list[str] = []
    order = list(Voice)
    found = sorted(wording.all_examples(), key=lambda each: order.index(each.voice))
    for voice, examples in groupby(found, key=lambda each: each.voice):
        parts.append(f"## {voice}")
        for number, each in enumerate(examples, 1):
            parts.append(f"{number}. {each.format}: **{each.title}**\n\n{_quoted(each.text)}")
    return "\n\n".join(parts)


def notes() -> str:
    """Every note that the owner sends by hand, to invented people."""
    found = enumerate(notes_by_hand.all_notes(), 1)
    return "\n\n".join(
        f"{number}. **{each.subject}**\n\n{_quoted(each.text)}" for number, each in found
    )


def _quoted(text: str) -> str:
    """As a block quote inside a list; the line breaks within a paragraph stay."""
    paragraphs = (each.replace("\n", "\\\n") for each in text.split("\n\n"))
    return "\n".join(f"   > {line}".rstrip() for line in "\n\n".join(paragraphs).split("\n"))


PARTS: Final[Mapping[str, Callable[[], str]]] = MappingProxyType(
    {
        "commands": commands,
        "configuration": configuration,
        "fields": fields,
        "reasons": reasons,
        "worked": worked,
        "states": states,
        "placeholders": placeholders,
        "sentences": sentences,
        "letters": letters,
        "notes": notes,
        "run": sample.first_run,
        "why": sample.of("why", "henrik", most=28),
        "show": sample.of("show", "1"),
        "agenda": sample.agenda,
        "restart": sample.of("restart"),
        "intro": sample.of("intro", "ingrid"),
        "events": sample.of("events"),
        "plan": sample.of("plan"),
        "log-line": sample.log_line,
        "no-time": sample.no_time,
        "brief": sample.of("brief", "pieter"),
        "gaps": sample.of("audit", "--gaps"),
        "simulate": sample.of("simulate", "--yes-rate", "60"),
    }
)

if __name__ == "__main__":
    try:
        main()
    finally:
        sample.clear()
