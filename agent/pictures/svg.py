"""What matplotlib draws, made fit for a page whose policy allows no inline style.

Styles become presentation attributes, colours classes as well, ids belong to the picture, and
marks get their words and links.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import Final, NamedTuple
from xml.etree import ElementTree as ET

from agent.pictures.palette import PALETTE

_SVG: Final = "{http://www.w3.org/2000/svg}"
_HREF: Final = "{http://www.w3.org/1999/xlink}href"
_ROLES: Final = MappingProxyType({tone.light: role for role, tone in PALETTE.items()})
_KEPT: Final = frozenset(
    {
        "fill",
        "fill-opacity",
        "opacity",
        "stroke",
        "stroke-dasharray",
        "stroke-dashoffset",
        "stroke-linecap",
        "stroke-linejoin",
        "stroke-opacity",
        "stroke-width",
        "font-size",
        "font-weight",
        "text-anchor",
    }
)
_NO_TURN: Final = re.compile(r"rotate\(-?0(\.0+)? ")
_LONG_NUMBER: Final = re.compile(r"-?\d+\.\d{3,}")

ET.register_namespace("", "http://www.w3.org/2000/svg")


class Note(NamedTuple):
    """What a mark says when pointed at, and the page it opens; empty for none."""

    words: str
    link: str = ""


def page_svg(drawn: str, name: str, title: str, description: str, notes: Mapping[str, Note]) -> str:
    """The drawing as one ``<svg>`` element; with links it is a group, for an image may hold none.

    The title and the description are its first children, and its name to a screen reader.
    """
    root = ET.fromstring(drawn)  # noqa: S314 - what we have just drawn ourselves
    for each in tuple(root.iter()):
        for child in tuple(each):
            if child.tag in {f"{_SVG}metadata", f"{_SVG}style"}:
                each.remove(child)
    _own_ids(root, name, notes)
    for each in root.iter():
        _attributes(each)
    is_linked = any(note.link for note in notes.values())
    view = root.get("viewBox", "")
    root.attrib.clear()
    root.attrib.update(
        {
            "class": "picture",
            "viewBox": view,
            "font-family": "system-ui, sans-serif",  # where no page says otherwise
            "role": "group" if is_linked else "img",
            "aria-labelledby": f"{name}-title",
            "aria-describedby": f"{name}-description",
        }
    )
    for at, (tag, text) in enumerate((("title", title), ("desc", description))):
        words = ET.Element(f"{_SVG}{tag}", id=f"{name}-{'title' if at == 0 else 'description'}")
        words.text = text
        root.insert(at, words)
    _prune(root)
    return ET.tostring(root, encoding="unicode").replace("\n", "") + "\n"


def _own_ids(root: ET.Element, name: str, notes: Mapping[str, Note]) -> None:
    """Keep only ids that something refers to, with the picture's name before them."""
    used = set(_references(root))
    for each in root.iter():
        id_ = each.get("id")
        if id_ is None:
            continue
        if id_ in notes:
            _say(each, notes[id_])
        if id_ in used:
            each.set("id", f"{name}-{id_}")
        else:
            del each.attrib["id"]
    for each in root.iter():
        if href := each.attrib.pop(_HREF, ""):
            each.set("href", f"#{name}-{href[1:]}" if href.startswith("#") else href)
        if clip := each.get("clip-path"):
            each.set("clip-path", clip.replace("url(#", f"url(#{name}-"))


def _references(root: ET.Element) -> Iterator[str]:
    for each in root.iter():
        yield each.get(_HREF, "").removeprefix("#")
        yield each.get("clip-path", "").removeprefix("url(#").removesuffix(")")


def _say(mark: ET.Element, note: Note) -> None:
    """Give the mark its words, and all that is drawn of it the link."""
    children = tuple(mark)
    holder = mark
    if note.link:
        for child in children:
            mark.remove(child)
        holder = ET.SubElement(mark, f"{_SVG}a", href=note.link)
        holder.set("aria-label", note.words)
        holder.extend(children)
    words = ET.Element(f"{_SVG}title")
    words.text = note.words
    holder.insert(0, words)


def _attributes(each: ET.Element) -> None:
    style = each.attrib.pop("style", "")
    for part in filter(None, style.split(";")):
        key, _, value = (piece.strip() for piece in part.partition(":"))
        if key in _KEPT:
            each.set(key, value.removesuffix("px"))
    classes = [
        f"{kind}-{_ROLES[each.attrib[key]]}"
        for kind, key in (("fill", "fill"), ("line", "stroke"))
        if each.get(key) in _ROLES
    ]
    if classes:
        each.set("class", " ".join(classes))
    if _NO_TURN.match(each.get("transform", "")):
        del each.attrib["transform"]
    for key in ("d", "x", "y", "transform"):
        if numbers := each.get(key):
            each.set(key, _LONG_NUMBER.sub(_shorter, " ".join(numbers.split())))


def _shorter(number: re.Match[str]) -> str:
    return f"{float(number[0]):.2f}".rstrip("0").rstrip(".")


def _prune(root: ET.Element) -> None:
    """Take out groups that hold nothing, or nothing of their own but one other thing."""
    for parent in tuple(root.iter()):
        parent[:] = map(_unwrapped, parent)
        for child in tuple(parent):
            if child.tag in {f"{_SVG}g", f"{_SVG}defs"} and not len(child):
                parent.remove(child)
            child.tail = None
        if parent.tag not in _WORDS:
            parent.text = None


def _unwrapped(each: ET.Element) -> ET.Element:
    while each.tag == f"{_SVG}g" and not each.attrib and len(each) == 1:
        each = each[0]
    return each


_WORDS: Final = frozenset({f"{_SVG}title", f"{_SVG}desc", f"{_SVG}text"})
