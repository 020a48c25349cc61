"""What makes a component itself: its UID, a digest of its text, and when it last changed."""

from __future__ import annotations

import re
from hashlib import sha256

from connectors.ical import lines
from connectors.ical.properties import properties

_PLAIN_UID = re.compile(rb"\n(?:UID:[ \t]*([^\\\r\n]{1,500})\r?\n(?![ \t])|BEGIN:)")
_DTSTAMP, _LAST_MODIFIED = b"\nDTSTAMP:", b"\nLAST-MODIFIED:"
_LONGEST_UID = 500
_DIGEST_SIZE = 32
_STAMP_SIZE = len(b"20260302T090000")
_STAMP_START, _STAMP_END = len(_DTSTAMP), len(_DTSTAMP) + _STAMP_SIZE
_nothing = sha256().copy  # copying an empty digest is faster than beginning one
_CHANGES_WITH_EACH_EXPORT = ("DTSTAMP", "CREATED", "LAST-MODIFIED", "SEQUENCE")


def uid(component: bytes) -> str:
    """The UID of a VEVENT; one that has none gets one made from what it says.

    Nearly always it is a plain line before any nested component, so that is looked for first.
    """
    match = _PLAIN_UID.search(component)
    try:
        plain = match[1].strip().decode() if match and match[1] else ""
    except UnicodeDecodeError:
        plain = ""
    return plain or _looked_up(component)


def mark(component: bytes) -> tuple[str, bytes]:
    """A digest that differs whenever the component does, but for its DTSTAMP; and the DTSTAMP.

    Google and others write the time of the export there, in every event, at each export. Where
    there is none, LAST-MODIFIED is told instead; both as they are written.
    """
    total = _nothing()
    at = component.find(_DTSTAMP)
    if at < 0:
        total.update(component)
        return total.hexdigest()[:_DIGEST_SIZE], last_modified(component)
    total.update(component[:at])
    total.update(component[at + _STAMP_END :])
    return total.hexdigest()[:_DIGEST_SIZE], component[at + _STAMP_START : at + _STAMP_END]


def last_modified(component: bytes) -> bytes:
    """The text of LAST-MODIFIED, unchecked; empty where there is none."""
    at = component.find(_LAST_MODIFIED) + len(_LAST_MODIFIED)
    return component[at : at + _STAMP_SIZE] if at >= len(_LAST_MODIFIED) else b""


def _looked_up(component: bytes) -> str:
    text = lines.unfolded(component)
    found = lines.text(properties(text).values.get("UID", ""))
    if not found:
        told = (each for each in lines.each(text) if not each.startswith(_CHANGES_WITH_EACH_EXPORT))
        return "no-uid-" + _short("\n".join(told))
    return found if len(found) <= _LONGEST_UID else "long-uid-" + _short(found)


def _short(text: str) -> str:
    return sha256(text.encode()).hexdigest()[:32]
