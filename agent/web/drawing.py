"""Pictures for the page, one at a time: the library that draws them is not made for threads."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Final

from markupsafe import Markup

_ALONE: Final = threading.Lock()


def drawn(picture: Callable[[], str]) -> Markup:
    """A picture as it stands in a page; `agent.pictures` escapes all text in it."""
    with _ALONE:
        return Markup(picture())  # noqa: S704 - an SVG of our own making, without script or style
