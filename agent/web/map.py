"""*Map*: everyone around the owner, the overdue further out."""

from __future__ import annotations

from typing import Final
from urllib.parse import quote

from starlette.responses import Response

from agent.pictures import relationship_map
from agent.relationships import audit
from agent.web.drawing import drawn
from agent.web.visit import Visit
from policies.audit.cadence import Standing
from policies.pictures.map import MOST, By

_BY: Final = {"relation": By.RELATION, "goal": By.GOAL, "group": By.GROUP}


def look(visit: Visit) -> Response:
    """The page; each mark opens its person's."""
    everyone = audit.audit(visit.app.store, visit.app.settings, visit.now)
    asked = visit.query.get("by", "")
    by = asked if asked in _BY else "relation"

    def link(each: Standing) -> str:
        return f"/{visit.session.room}/people/{quote(each.person.id)}"

    return visit.page(
        "map.html",
        picture=drawn(lambda: relationship_map(everyone, by=_BY[by], link=link))
        if everyone
        else "",
        by=by,
        ways=tuple(_BY),
        count=len(everyone),
        most=MOST,
    )
