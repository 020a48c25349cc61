"""Words that make people feel used, and links that give them work: to be looked at twice.

Nobody wants to be networked with. The owner's own words go out as they are; this only points.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

_BOOKING: Final = re.compile(
    r"\b(?:calendly\.com|cal\.com|savvycal\.com|doodle\.com|youcanbook\.me|zcal\.co|tidycal\.com"
    r"|koalendar\.com|calendar\.app\.google|calendar\.google\.com/calendar/appointments"
    r"|outlook\.office(?:365)?\.com/book|meetings\.hubspot\.com|reclaim\.ai)\b",
    re.IGNORECASE,
)
_DOUBTS: Final[Mapping[str, str]] = MappingProxyType(
    {
        r"pick(?:ing)? your brains?": "say what you want to know, and why from them",
        r"(?:quick|small|tiny) (?:favou?r|ask|question)": "they judge how small it is",
        r"(?:grow|expand|build)(?:ing)? my network": "it makes them a means: say why them",
        r"network(?:ing)? with you": "people meet, they are not networked with",
        r"leverage|synerg(?:y|ies)|win[- ]win": "it reads like a pitch",
        r"touch(?:ing)? base|circl(?:e|ing) back|reach(?:ing)? out": "say what it is about",
        r"as per my last|just checking in|friendly reminder|bumping": "it counts their silence",
        r"when(?:'s| is) a good time|find a time that works": "it gives them work: name a time",
        r"you owe me|after all i": "it presents a bill",
    }
)


def tone_doubts(text: str) -> tuple[str, ...]:
    """A sentence for each thing to look at twice, in the order it stands; none for most letters."""
    found = [
        (match.start(), f"“{match[0]}”: {why}")
        for pattern, why in _DOUBTS.items()
        for match in [re.search(rf"\b(?:{pattern})\b", text, re.IGNORECASE)]
        if match
    ]
    link = booking_link(text)
    if link:
        where = text.index(link)
        found.append((where, f"{link}: a booking page gives them work: offer times instead"))
    return tuple(sentence for _, sentence in sorted(found))


def booking_link(text: str) -> str:
    """The first address of a page on which others are to book themselves in; empty for none."""
    found = _BOOKING.search(text)
    return found[0] if found else ""
