"""One request to Graph, taken apart: whose mailbox, which path, what the headers prefer."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple
from urllib.parse import parse_qsl, unquote, urlencode, urlsplit

from tests.servers.common import Request
from tests.servers.graph.mailbox import Mailbox
from tests.servers.graph.moments import zone_named
from tests.servers.graph.oracle import NOT_ON_EVENT_DELTA, Object, Route, routes
from tests.servers.graph.problems import Problem, bad_query, malformed
from tests.servers.wire import Fault

TOKENS = frozenset({"$skiptoken", "$deltatoken"})
_PAGED = {"events", "view", "instances", "contacts", "people", "calendars", "folders"}
_DELTAS = {"delta", "contacts.delta"}
_LAST_WORDS: Mapping[str, str] = {
    "calendarView": "view",
    "calendarView/delta": "delta",
    "instances": "instances",
    "cancel": "events.cancel",
    "getSchedule": "schedule",
    "mailboxSettings": "settings",
    "people": "people",
    "contactFolders": "folders",
    "childFolders": "folders",
    "contacts": "contacts",
    "contacts/delta": "contacts.delta",
    "calendars": "calendars",
    "calendar": "calendar",
    "calendars/{calendar}": "calendar",
    "": "me",
}
_ON_EVENTS = {"GET": "events", "POST": "events.create"}
_ON_EVENT = {"GET": "events.get", "PATCH": "events.update", "DELETE": "events.delete"}


class Place(NamedTuple):
    """A path that Graph has: its ids by name, and what its documentation calls the operation."""

    operation: str
    route: Route
    ids: Mapping[str, str]
    user: str


class Prefer(NamedTuple):
    """The ``Prefer`` header (outlook-immutable-id.md, event-delta.md)."""

    zone: str = "UTC"
    immutable: bool = False
    page: int | None = None
    text_body: bool = False


@dataclass(frozen=True, slots=True)
class Asked:
    """``url`` is that of the request without its query; ``basic``: no more than ReadBasic."""

    place: Place
    query: Mapping[str, str]
    headers: Mapping[str, str]
    body: Object
    prefer: Prefer
    box: Mailbox
    url: str
    fault: Fault | None
    basic: bool

    @property
    def calendar(self) -> str:
        """The calendar of the path; the default one where it names none.

        Raises:
            Problem: 404.
        """
        key = self.place.ids.get("calendar", self.box.default)
        if key not in self.box.calendars:
            raise Problem(404, "ErrorItemNotFound", "The specified object was not found.")
        return key

    def link(self, query: Mapping[str, str]) -> str:
        return f"{self.url}?{urlencode(query, safe='$:,/')}"

    def meets(self, fault: str) -> bool:
        return self.fault is not None and self.fault.name == fault


def place(request: Request) -> Place | None:
    """Where a request goes; ``None`` where Graph has no such path or method."""
    path = urlsplit(request.target).path.replace("delta()", "delta")
    words = [unquote(each) for each in path.removeprefix("/v1.0/").split("/")]
    user = words.pop(0)
    if user == "users" and words:
        user = words.pop(0)
    for pattern, route in routes().items():
        ids = _matched(pattern, words)
        if ids is not None:
            name = _named(pattern, request.method)
            allowed = request.method in route.methods and name
            return Place(name, route, ids, user) if allowed else None
    return None


def _matched(pattern: str, words: list[str]) -> dict[str, str] | None:
    parts = pattern.split("/") if pattern else []
    if len(parts) != len(words):
        return None
    ids = {}
    for part, word in zip(parts, words, strict=True):
        if part.startswith("{"):
            ids[part.strip("{}")] = word
        elif part != word:
            return None
    return ids


def _named(pattern: str, method: str) -> str:
    last = pattern.rsplit("/", maxsplit=1)[-1]
    if last == "events":
        return _ON_EVENTS[method]
    if last == "{event}":
        return _ON_EVENT[method]
    two = "/".join(pattern.split("/")[-2:])
    name = _LAST_WORDS.get(two, _LAST_WORDS.get(last, ""))
    reads = method == "GET" or name in {"events.cancel", "schedule"}
    return name if reads else ""


def check_query(at: Place, query: Mapping[str, str]) -> None:
    """Refuse parameters the path does not have, and those missing.

    Raises:
        Problem: 400.
    """
    known = at.route.query | at.route.required
    if at.operation in _DELTAS:
        if not TOKENS.isdisjoint(query):
            if len(query) > 1:
                raise bad_query("A link must be used as it was given.")
            return
        known -= {"$top"}
    if at.operation == "delta" and (wrong := NOT_ON_EVENT_DELTA & set(query)):
        raise Problem(400, "ErrorInvalidUrlQuery", f"{sorted(wrong)} is not supported here.")
    if at.operation in _PAGED:
        known |= {"$skiptoken"}
    if unknown := set(query) - known:
        raise bad_query(f"The query parameter {sorted(unknown)} is not known here.")
    if missing := at.route.required - set(query):
        raise Problem(400, "ErrorInvalidParameter", f"This request requires {sorted(missing)}.")


def query_of(request: Request) -> dict[str, str]:
    pairs = parse_qsl(urlsplit(request.target).query, keep_blank_values=True)
    if len(dict(pairs)) != len(pairs):
        raise bad_query("A query parameter is given twice.")
    return dict(pairs)


def body_of(request: Request) -> Object:
    """The JSON object of a body; empty where there is none.

    Raises:
        Problem: 400, 415.
    """
    if not request.body:
        return {}
    if not request.headers.get("content-type", "").startswith("application/json"):
        raise Problem(415, "UnsupportedMediaType", "The content type must be application/json.")
    try:
        body = json.loads(request.body)
    except ValueError as error:
        raise malformed("The body is no JSON.") from error
    if not isinstance(body, dict):
        raise malformed("A JSON object was expected.")
    return body


def prefer_of(headers: Mapping[str, str]) -> Prefer:
    """Raises: Problem 400, for a zone that is none."""
    given = dict(re.findall(r'([\w.-]+)\s*=\s*"?([^",]*)"?', headers.get("prefer", "")))
    zone = given.get("outlook.timezone", "UTC")
    zone_named(zone)
    size = given.get("odata.maxpagesize", "")
    return Prefer(
        zone,
        given.get("IdType") == "ImmutableId",
        int(size) if size.isdecimal() and int(size) > 0 else None,
        given.get("outlook.body-content-type") == "text",
    )
