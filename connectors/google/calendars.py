"""The calendars in an account's list, for the owner to choose from."""

from __future__ import annotations

from typing import Any

from connectors.google.client import GoogleClient
from connectors.google.pages import pages
from connectors.port import CalendarFound
from policies.frozen import frozen
from policies.people.tidy import line

Json = dict[str, Any]


@frozen
class GoogleCalendars:
    """The account ``name``; see `connectors.port.AccountCalendars`.

    Only the owner's own calendars are writable: for others we ask no leave.
    """

    name: str
    client: GoogleClient

    def calendars(self) -> tuple[CalendarFound, ...]:
        def ask(page: str) -> Json:
            request = self.client.calendar.calendarList().list(
                maxResults=250, pageToken=page or None
            )
            return self.client.read(request, self.name)

        every = [raw for page in pages(self.name, ask) for raw in page.get("items") or ()]
        found = {each.id: each for each in map(_found, every) if each.id}
        return tuple(sorted(found.values(), key=lambda each: (not each.primary, each.name)))


def _found(raw: Json) -> CalendarFound:
    """One entry; it may have no name (ridafkih/keeper.sh#605)."""
    key = "" if raw.get("deleted") else str(raw.get("id") or "")
    name = line(str(raw.get("summaryOverride") or raw.get("summary") or "")) or key
    return CalendarFound(key, name, raw.get("accessRole") == "owner", bool(raw.get("primary")))
