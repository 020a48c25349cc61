"""Pictures of relationships as static SVG and PNG, drawn by matplotlib, which loads on first use.

For a page, `relationship_map` and `contact_strip` return an ``<svg>`` element to be put into the
HTML as it is: no script, no ``style``, nothing fetched, all text escaped. It has class
``picture``, a title, and a description. Its colours are classes that `stylesheet` defines, light
and dark; serve that as one of the page's own style sheets. Each picture's ids begin with its
name, ``map-`` or ``strip-``, so a page can hold one of each.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from datetime import date
from typing import TYPE_CHECKING

from agent.pictures.palette import stylesheet

if TYPE_CHECKING:
    from policies.audit.cadence import Standing
    from policies.pictures.map import By

# It has nothing to say to the owner, and would where it may not write its cache of fonts.
logging.getLogger("matplotlib").setLevel(logging.ERROR)

__all__ = ["contact_strip", "relationship_map", "stylesheet"]


def relationship_map(
    standings: Sequence[Standing],
    *,
    by: By | None = None,
    link: Callable[[Standing], str] | None = None,
) -> str:
    """Everyone around the owner as SVG: distance is lateness, size priority, colour status.

    ``standings`` as the audit orders them: the first get their names first. Sectors are by
    relation unless ``by`` says goal or group. ``link`` gives the page that a mark opens; it
    makes the picture a group of links in place of an image. Readable from 640 pixels of width on.
    """
    from agent.pictures.people_map import drawn
    from policies.pictures.map import By

    return drawn(standings, by=by or By.RELATION, link=link).svg()


def contact_strip(days: Sequence[date], today: date, *, name: str = "") -> str:
    """One person's past year as SVG, a cell for each week, darker with more contact.

    ``days`` are those of contact in the owner's zone, one for each meeting, in any order: the
    days of `agent.store.contact_times.times_with`. ``name`` stands before the picture's title.
    """
    from agent.pictures.strip import drawn

    return drawn(days, today, name=name).svg()
