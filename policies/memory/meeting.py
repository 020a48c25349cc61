"""Which meetings are more than work: what their titles call them."""

from __future__ import annotations

import re
from typing import Final

_INFORMAL: Final = re.compile(
    r"\b(coffee|fika|tea|lunch|breakfast|dinner|walk|drinks?|beers?|catch[- ]?up)\b", re.IGNORECASE
)


def is_informal(title: str) -> bool:
    """Whether a calendar calls it a coffee, a lunch, a walk or the like."""
    return _INFORMAL.search(title) is not None
