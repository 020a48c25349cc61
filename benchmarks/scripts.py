"""What scripts do with a calendar: read all of it, as the service expands it, and keep nothing.

With ``--show`` the instances are written, as JSON; without, only how many there are.

    python benchmarks/scripts.py {google,graph,caldav} URL TOKEN [--show]
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

from meetings import AHEAD, BACK

Untyped = Any  # the peers state no types worth having here
Instance = tuple[str, int, int]


def main() -> None:
    name, url, secret, *show = sys.argv[1:]
    now = datetime.now(UTC)
    found = SCRIPTS[name](url, secret, now - BACK, now + AHEAD)
    if show:
        print(json.dumps(list(found)))
    else:
        print(sum(1 for _ in found))


def google(url: str, token: str, start: datetime, end: datetime) -> Iterator[Instance]:
    """The loop of Google's own quickstart, in pages as large as they may be."""
    from google.oauth2.credentials import Credentials
    from googleapiclient.discovery import build

    service: Untyped = build(
        "calendar",
        "v3",
        credentials=Credentials(token),
        client_options={"api_endpoint": f"{url}/calendar/v3/"},
    )
    page = None
    while True:
        said = (
            service.events()
            .list(
                calendarId="primary",
                timeMin=start.isoformat(),
                timeMax=end.isoformat(),
                maxResults=2500,
                singleEvents=True,
                pageToken=page,
            )
            .execute()
        )
        for each in said["items"]:
            if each.get("status") != "cancelled":
                yield each["summary"], _s(each["start"]["dateTime"]), _s(each["end"]["dateTime"])
        page = said.get("nextPageToken")
        if not page:
            return


def graph(url: str, token: str, start: datetime, end: datetime) -> Iterator[Instance]:
    """A calendar view, of each instance what the examples of Microsoft select."""
    import requests

    session = requests.Session()
    session.headers["Authorization"] = f"Bearer {token}"
    session.headers["Prefer"] = 'outlook.timezone="UTC"'
    query: dict[str, str] | None = {
        "startDateTime": start.isoformat(),
        "endDateTime": end.isoformat(),
        "$select": "subject,organizer,attendees,start,end,location",
        "$top": "1000",
    }
    at = f"{url}/me/calendarView"
    while at:
        said = session.get(at, params=query, timeout=60).json()
        for each in said["value"]:
            begins, ends = (_s(each[name]["dateTime"] + "+00:00") for name in ("start", "end"))
            yield each["subject"], begins, ends
        at, query = said.get("@odata.nextLink", ""), None


def caldav(url: str, password: str, start: datetime, end: datetime) -> Iterator[Instance]:
    """One query for all that overlaps the window."""
    import recurring_ical_events
    import requests
    from defusedxml.ElementTree import fromstring
    from icalendar import Calendar

    window = f'start="{start:%Y%m%dT%H%M%SZ}" end="{end:%Y%m%dT%H%M%SZ}"'
    body = (
        '<c:calendar-query xmlns:d="DAV:" xmlns:c="urn:ietf:params:xml:ns:caldav"><d:prop>'
        '<c:calendar-data/></d:prop><c:filter><c:comp-filter name="VCALENDAR">'
        f'<c:comp-filter name="VEVENT"><c:time-range {window}/></c:comp-filter>'
        "</c:comp-filter></c:filter></c:calendar-query>"
    )
    headers = {"Depth": "1", "Content-Type": "application/xml; charset=utf-8"}
    said = requests.request(
        "REPORT", url, data=body, headers=headers, auth=("olle", password), timeout=600
    )
    for each in fromstring(said.content).iter("{urn:ietf:params:xml:ns:caldav}calendar-data"):
        calendar = Calendar.from_ical(each.text)
        for event in recurring_ical_events.of(calendar).between(start, end):
            begins, ends = (int(event[name].dt.timestamp()) for name in ("DTSTART", "DTEND"))
            yield str(event["SUMMARY"]), begins, ends


def _s(text: str) -> int:
    return int(datetime.fromisoformat(text).timestamp())


SCRIPTS: Mapping[str, Callable[[str, str, datetime, datetime], Iterator[Instance]]] = {
    "google": google,
    "graph": graph,
    "caldav": caldav,
}


if __name__ == "__main__":
    main()
