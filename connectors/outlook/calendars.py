"""The calendars of a Microsoft account, for the owner to choose from."""

from __future__ import annotations

import json
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any, Final

import httpx

from connectors.api import Api
from connectors.errors import NotAllowed, UnreadableAnswer
from connectors.port import CalendarFound
from policies.text import shown

GRAPH: Final = "https://graph.microsoft.com/v1.0"
_ASKED: Final = "me/calendars?$top=100&$select=id,name,canEdit,isDefaultCalendar,owner"
# An id that stays the same when something is moved (Graph, "Immutable identifiers").
_HEADERS: Final = {"Prefer": 'IdType="ImmutableId"', "Accept": "application/json"}
_MOST_PAGES: Final = 50


@dataclass(frozen=True, slots=True)
class OutlookCalendars:
    """The account ``name``; see `connectors.port.AccountCalendars`.

    Only the owner's own calendars are writable: invitations go from those.
    """

    name: str
    api: Api
    base: str = GRAPH

    def calendars(self) -> tuple[CalendarFound, ...]:
        url = f"{self.base.rstrip('/')}/{_ASKED}"
        rows: list[Any] = []
        for _ in range(_MOST_PAGES):
            page = self._page(url)
            rows += page.get("value") or ()
            url = page.get("@odata.nextLink", "")
            if not url:
                break
        try:
            own = {_owner(each) for each in rows if each.get("isDefaultCalendar")}
            found = [_found(each, is_own=_owner(each) in own) for each in rows]
        except (AttributeError, KeyError, TypeError) as error:
            raise UnreadableAnswer(self.name, "its list of calendars") from error
        return tuple(sorted(found, key=lambda each: (not each.primary, each.name, each.id)))

    def _page(self, url: str) -> dict[str, Any]:
        reply = self.api.read("GET", httpx.URL(url), _HEADERS)
        if reply.status != HTTPStatus.OK:
            raise NotAllowed(
                self.name,
                f"its calendars cannot be listed ({reply.status})",
                "has this account a mailbox with Microsoft? docs/outlook.md",
            )
        try:
            page = json.loads(reply.body)
        except (ValueError, RecursionError) as error:
            raise UnreadableAnswer(self.name, "its list of calendars") from error
        if not isinstance(page, dict):
            raise UnreadableAnswer(self.name, "its list of calendars")
        return page


def _found(raw: dict[str, Any], *, is_own: bool) -> CalendarFound:
    name = shown(str(raw.get("name") or "")) or "calendar"
    is_primary = bool(raw.get("isDefaultCalendar"))
    return CalendarFound(str(raw["id"]), name, bool(raw.get("canEdit")) and is_own, is_primary)


def _owner(raw: dict[str, Any]) -> str:
    return str((raw.get("owner") or {}).get("address") or "").lower()
