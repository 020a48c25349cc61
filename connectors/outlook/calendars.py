"""The calendars of a Microsoft account, for the owner to choose from."""

from __future__ import annotations

from typing import Any, Final

from connectors.errors import UnreadableAnswer
from connectors.outlook.client import Graph
from connectors.port import CalendarFound
from policies.frozen import frozen
from policies.people.tidy import line

Json = dict[str, Any]

_FIELDS: Final = "id,name,canEdit,isDefaultCalendar,owner"


@frozen
class OutlookCalendars:
    """The account ``name``; see `connectors.port.AccountCalendars`.

    Only the owner's own calendars are writable; answers to invitations are counted in the primary
    one alone (``isTallyingResponses``).
    """

    name: str
    graph: Graph

    def calendars(self) -> tuple[CalendarFound, ...]:
        rows = self.graph.rows(self.graph.url("calendars", select=_FIELDS, top=100), self.name)
        try:
            own = {_owner(each) for each in rows if each.get("isDefaultCalendar")}
            found = [_found(each, is_own=_owner(each) in own) for each in rows]
        except (AttributeError, KeyError, TypeError) as error:
            raise UnreadableAnswer(self.name, "its list of calendars") from error
        return tuple(sorted(found, key=lambda each: (not each.primary, each.name, each.id)))


def _found(raw: Json, *, is_own: bool) -> CalendarFound:
    name = line(str(raw.get("name") or "")) or "calendar"
    is_primary = bool(raw.get("isDefaultCalendar"))
    return CalendarFound(str(raw["id"]), name, bool(raw.get("canEdit")) and is_own, is_primary)


def _owner(raw: Json) -> str:
    return str((raw.get("owner") or {}).get("address") or "").lower()
