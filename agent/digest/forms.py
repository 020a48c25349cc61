"""The digest as a message: plain text, Markdown, and HTML that mail programs show alike.

The only link is to the page, and only opens it: nothing is approved from a message.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from importlib import resources
from typing import Final

from agent.digest.sections import Section
from policies.text import shown

MOST_SECTIONS: Final = 9
MOST_LINES: Final = 10
LONGEST_LINE: Final = 180
"""So many sections, lines of each, and characters make a message; the screen has the rest."""
LONGEST_CHAT: Final = 3_500
"""Bytes. Telegram refuses above 4,096 characters, and ntfy makes a file of above 4,096 bytes."""
_MARKDOWN: Final = re.compile(r"([\\`*_{}\[\]<>#|~!&])")
_LINK: Final = re.compile(r"(?:\b[a-z][a-z0-9+.-]*://|\bwww\.)\S+", re.IGNORECASE)
_LIST_MARK: Final = re.compile(r"^(\d+)([.)])|^([-+=])")


def subject(sections: Iterable[Section]) -> str:
    """What is asked of the owner, as a number; that all is well where nothing is."""
    asked = sum(len(each.lines) for each in sections if each.urgent)
    return f"Fika: {asked} for you" if asked else "Fika: all is well"


def shortened(sections: Iterable[Section]) -> tuple[Section, ...]:
    """As much as a message holds: some sections, some lines of each, none too long."""
    found = tuple(each._replace(lines=tuple(_some(each.lines))) for each in sections)
    if len(found) <= MOST_SECTIONS:
        return found
    rest = ", ".join(each.heading for each in found[MOST_SECTIONS - 1 :])
    more = Section("And more", (shown(f"{rest}: fika digest", LONGEST_LINE),))
    return (*found[: MOST_SECTIONS - 1], more)


def plain(sections: Iterable[Section], page: str = "") -> str:
    """Headings and lines; ``page`` is the address of the page, empty for none."""
    blocks = ["\n".join([each.heading, *(f"- {line}" for line in each.lines)]) for each in sections]
    if page:
        blocks.append(f"Open the page: {page}")
    return "\n\n".join(blocks) + "\n"


def chat(sections: Iterable[Section], page: str = "") -> str:
    """As `plain`, cut to what the strictest service takes; what is asked comes first."""
    whole = plain(sections, page)
    if len(whole.encode()) <= LONGEST_CHAT:
        return whole
    end = "\nand more: fika digest\n" + (f"\nOpen the page: {page}\n" if page else "")
    kept, left = list[str](), LONGEST_CHAT - len(end.encode())
    for line in whole.splitlines(keepends=True):
        left -= len(line.encode())
        if left < 0:
            break
        kept.append(line)
    while kept and not kept[-1].startswith("- "):  # a heading with nothing under it says nothing
        kept.pop()
    return "".join((*kept, end))


def counted(sections: Sequence[Section], page: str = "") -> str:
    """How much there is of what is asked, for a channel that others may read; no names."""
    urgent = [f"{each.heading}: {len(each.lines)}" for each in sections if each.urgent]
    return (
        "\n".join(urgent or ["Nothing is asked of you."]) + (f"\n\n{page}" if page else "") + "\n"
    )


def preview(sections: Iterable[Section]) -> str:
    """What an inbox shows beside the subject, and a locked screen: how much there is, no names."""
    found = tuple(sections)
    asked = tuple(each for each in found if each.urgent) or found
    return ", ".join(f"{each.heading.lower()}: {len(each.lines)}" for each in asked)


def markdown(sections: Iterable[Section], page: str = "") -> str:
    """CommonMark; what stands in names and titles is text, whatever it looks like."""
    blocks = [
        "\n".join([f"## {each.heading}", "", *(f"- {_escaped(line)}" for line in each.lines)])
        for each in sections
    ]
    if page:
        blocks.append(f"[Open the page](<{page}>)")
    return "\n\n".join(blocks) + "\n"


def html(sections: Iterable[Section], title: str, page: str = "") -> str:
    """A whole document of tables and inline styles, which is what all mail programs share."""
    from jinja2 import Environment, StrictUndefined

    found = tuple(sections)
    text = resources.files("agent.digest").joinpath("digest.html").read_text("utf-8")
    environment = Environment(
        autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    return environment.from_string(text).render(
        sections=found, title=title, page=page, preview=preview(found)
    )


def _some(lines: Sequence[str]) -> Iterator[str]:
    kept = len(lines) if len(lines) <= MOST_LINES else MOST_LINES - 1
    yield from (shown(_unlinked(line), LONGEST_LINE) for line in lines[:kept])
    if kept < len(lines):
        yield f"and {len(lines) - kept} more: fika digest"


def _unlinked(line: str) -> str:
    """Without the addresses that guests write, which mail programs would make links of."""
    return _LINK.sub("[a link]", line)


def _escaped(line: str) -> str:
    escaped = _MARKDOWN.sub(r"\\\1", _unlinked(line))
    return _LIST_MARK.sub(
        lambda mark: f"{mark[1]}\\{mark[2]}" if mark[1] else f"\\{mark[3]}", escaped
    )
