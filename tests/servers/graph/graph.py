"""Microsoft Graph, as far as calendars and people go: who may ask, what for, and what then."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager

from tests.servers.common import Clock, Request
from tests.servers.graph import around, delta, events, views
from tests.servers.graph.accounts import Account
from tests.servers.graph.asked import (
    Asked,
    Place,
    body_of,
    check_query,
    place,
    prefer_of,
    query_of,
)
from tests.servers.graph.mailbox import Mailbox
from tests.servers.graph.oracle import Object, check
from tests.servers.graph.permissions import short, suffices
from tests.servers.graph.problems import (
    Problem,
    crowded,
    denied,
    not_found,
    problem_answer,
    throttled,
    unauthorised,
)
from tests.servers.graph.tokens import Grant, Tokens
from tests.servers.wire import Answer, Fault

AT_ONCE = 4
"""Requests to one mailbox at a time (throttling-limits.md)."""

_TYPES: Mapping[str, str] = {
    "calendars": "calendar",
    "calendar": "calendar",
    "events": "event",
    "events.get": "event",
    "events.create": "event",
    "events.update": "event",
    "view": "event",
    "delta": "event",
    "instances": "event",
    "schedule": "scheduleInformation",
    "settings": "mailboxSettings",
    "people": "person",
    "folders": "contactFolder",
    "contacts": "contact",
    "contacts.delta": "contact",
}
_STATUS = {"events.create": 201, "events.delete": 204, "events.cancel": 202}
_LATE = "Lifetime validation failed, the token is expired."
_REFUSALS: Mapping[str, Callable[[str], Problem]] = {
    "throttled": throttled,
    "concurrency": crowded,
    "server_error": lambda value: Problem(
        int(value or 500), "InternalServerError", "An internal server error occurred."
    ),
    "save_conflict": lambda value: Problem(
        503, "ErrorConcurrentItemSave", "The item was changed while it was saved."
    ),
    "conflict": lambda value: Problem(
        412, "ErrorIrresolvableConflict", "The change key does not match the current one."
    ),
    "expired_token": lambda value: unauthorised(_LATE),
    "forbidden": lambda value: denied(),
    "missing": lambda value: not_found(),
}


class Graph:
    """One mailbox for each account. ``at_once`` is how many requests each of them takes."""

    own_faults = frozenset(
        {
            *_REFUSALS,
            "sync_state",
            "empty_page",
            "endless",
            "loops",
            "repeat",
            "stray",
            "lag",
            "lost",
        }
    )

    def __init__(self, clock: Clock, accounts: Mapping[str, Account], tokens: Tokens) -> None:
        self.clock = clock
        self.tokens = tokens
        self.rounds = delta.Rounds()
        self.boxes = {each.address: Mailbox(each, clock) for each in accounts.values()}
        self.url = ""
        self.at_once = AT_ONCE
        self._busy: dict[str, int] = {}
        self._lock = threading.RLock()

    def operation(self, request: Request) -> str:
        at = place(request)
        return at.operation if at else ""

    def answer(self, request: Request, fault: Fault | None) -> Answer:
        try:
            with self._lock:
                return self._answered(request, fault)
        except Problem as problem:
            return problem_answer(problem, self.clock.now())

    @contextmanager
    def at_work(self, request: Request) -> Iterator[bool]:
        """Whether a mailbox has room for one more request while this one lasts."""
        address = self._bearer(request)
        with self._lock:
            self._busy[address] = self._busy.get(address, 0) + 1
            room = self._busy[address] <= self.at_once
        try:
            yield room or not address
        finally:
            with self._lock:
                self._busy[address] -= 1

    def _bearer(self, request: Request) -> str:
        grant = self._grant(request)
        return grant.account if grant else ""

    def _grant(self, request: Request) -> Grant | None:
        kind, _, token = request.headers.get("authorization", "").partition(" ")
        return self.tokens.access.get(token) if kind == "Bearer" else None

    def _answered(self, request: Request, fault: Fault | None) -> Answer:
        at = place(request)
        if at is None:
            raise Problem(404, "UnknownError", "The path or its method is not known.")
        asked = self._asked(at, request, fault)
        refusal = _REFUSALS.get(fault.name) if fault else None
        if fault and refusal and not fault.done:
            raise refusal(fault.value)
        shown = _DOES[at.operation](self, asked)
        if fault and refusal:
            raise refusal(fault.value)
        return _answer(at.operation, shown)

    def _asked(self, at: Place, request: Request, fault: Fault | None) -> Asked:
        grant = self._grant(request)
        if not request.headers.get("authorization"):
            raise unauthorised("Access token is empty.")
        if grant is None or self.clock.now() >= grant.until:
            raise unauthorised(_LATE)
        box = self.boxes[grant.account]
        if at.user not in {"me", box.account.address, box.account.oid}:
            raise not_found()
        if not suffices(at.operation, grant.scopes):
            raise denied()
        query = query_of(request)
        check_query(at, query)
        scopes = {short(each) for each in grant.scopes}
        return Asked(
            at,
            query,
            request.headers,
            body_of(request),
            prefer_of(request.headers),
            box,
            self.url + request.target.partition("?")[0],
            fault,
            basic=scopes.isdisjoint({"Calendars.Read", "Calendars.ReadWrite"}),
        )

    def _changed(self, asked: Asked) -> Object:
        return delta.changed(asked, self.rounds)


_DOES: Mapping[str, Callable[[Graph, Asked], Object | None]] = {
    "me": lambda graph, asked: around.me(asked),
    "calendars": lambda graph, asked: around.calendars(asked),
    "calendar": lambda graph, asked: around.calendar(asked),
    "events": lambda graph, asked: views.listed(asked),
    "events.get": lambda graph, asked: events.got(asked),
    "events.create": lambda graph, asked: events.created(asked),
    "events.update": lambda graph, asked: events.updated(asked),
    "events.delete": lambda graph, asked: events.deleted(asked),
    "events.cancel": lambda graph, asked: events.cancelled(asked),
    "view": lambda graph, asked: views.viewed(asked),
    "delta": Graph._changed,
    "instances": lambda graph, asked: views.instances(asked),
    "schedule": lambda graph, asked: around.schedule(asked),
    "settings": lambda graph, asked: around.settings(asked),
    "people": lambda graph, asked: around.people(asked),
    "folders": lambda graph, asked: around.folders(asked),
    "contacts": lambda graph, asked: around.contacts(asked),
    "contacts.delta": lambda graph, asked: around.contacts_changed(asked),
}


def _answer(operation: str, shown: Object | None) -> Answer:
    """What is shown is held against the types too: a mistake of this server's ends the test."""
    status = _STATUS.get(operation, 200)
    if shown is None:
        return Answer(status, b"")
    kind = _TYPES.get(operation)
    for each in shown.get("value", [shown]):
        if kind:
            try:
                check(f"graph.{kind}", each)
            except Problem as problem:
                raise AssertionError(f"{operation}: {problem.message}") from problem
    headers = {
        "Content-Type": "application/json; odata.metadata=minimal; odata.streaming=true; "
        "IEEE754Compatible=false; charset=utf-8"
    }
    if operation == "events.create":
        headers["ETag"] = shown["@odata.etag"]
    return Answer(status, json.dumps(shown).encode(), headers)
