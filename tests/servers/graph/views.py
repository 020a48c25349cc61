"""Lists of events, calendar views and the instances of a series, page by page."""

from __future__ import annotations

from datetime import datetime, timedelta

from tests.servers.graph.asked import Asked
from tests.servers.graph.items import Entry
from tests.servers.graph.moments import read_instant
from tests.servers.graph.oracle import Object
from tests.servers.graph.problems import Problem, bad_query
from tests.servers.graph.showing import check_options, event, filtered, ordered

PAGE = 10
MOST = 1000
LONGEST = timedelta(days=1_825)  # microsoft-graph-docs#6284


def listed(asked: Asked) -> Object:
    """Masters and single events of a calendar, a page of them."""
    entries = filtered((Entry(item) for item in asked.box.listed(asked.calendar)), asked)
    return paged(ordered(entries, asked), asked)


def viewed(asked: Asked) -> Object:
    start, end = window(asked)
    entries = filtered(asked.box.view(asked.calendar, start, end), asked)
    return paged(ordered(entries, asked), asked)


def instances(asked: Asked) -> Object:
    """Occurrences and exceptions of one series.

    Raises:
        Problem: 404, 400 for what is no series.
    """
    start, end = window(asked)
    box, ids = asked.box, asked.place.ids
    entry = box.entry(
        ids["event"], immutable=asked.prefer.immutable, calendar=ids.get("calendar", "")
    )
    if entry.kind != "seriesMaster":
        raise Problem(400, "ErrorInvalidRequest", "Only a series has instances.")
    found = [
        each
        for each in box.view(entry.item.calendar, start, end)
        if each.item.number == entry.item.number
    ]
    return paged(filtered(found, asked), asked)


def paged(entries: list[Entry], asked: Asked) -> Object:
    """One page, and the link to the next; a page may be empty and have a next one."""
    check_options(asked)
    if unknown := {"$search", "$count"} & set(asked.query):
        raise Problem(501, "NotImplemented", f"This server does not know {sorted(unknown)}.")
    at, size = page_of(asked)
    page = entries[at : at + size]
    answer: Object = {"@odata.context": f"{asked.url}#events"}
    answer["value"] = [event(each, asked) for each in page]
    if asked.meets("empty_page"):
        answer["value"], page = [], []
    if at + len(page) < len(entries) or asked.meets("endless"):
        kept = {key: value for key, value in asked.query.items() if key != "$skip"}
        answer["@odata.nextLink"] = asked.link({**kept, "$skip": str(at + len(page))})
    return answer


def page_of(asked: Asked) -> tuple[int, int]:
    """How many to skip, and how many to show (10 unless asked for, 1000 at most)."""
    try:
        skip, top = int(asked.query.get("$skip", "0")), int(asked.query.get("$top", "0"))
    except ValueError as error:
        raise bad_query("$top and $skip are numbers.") from error
    if top < 0 or top > MOST or skip < 0:
        raise bad_query(f"$top is between 1 and {MOST}.")
    return skip, top or min(asked.prefer.page or PAGE, MOST)


def window(asked: Asked) -> tuple[datetime, datetime]:
    """What a view is asked for.

    Raises:
        Problem: 400.
    """
    zone = asked.prefer.zone
    start = read_instant(asked.query["startDateTime"], zone)
    end = read_instant(asked.query["endDateTime"], zone)
    if end < start:
        raise Problem(400, "ErrorInvalidParameter", "endDateTime is before startDateTime.")
    if end - start > LONGEST:
        raise Problem(
            400,
            "ErrorInvalidRequest",
            "The range between the start and end dates is greater than the allowed range.",
        )
    return start, end
