"""Answers every request: looks it up in the discovery documents, checks it, has it done."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Mapping
from dataclasses import replace
from http import HTTPStatus
from urllib.parse import urlsplit

from tests.servers.common import Request
from tests.servers.google import (
    freebusy,
    identity,
    listing,
    paging,
    partial,
    people,
    reading,
    writing,
)
from tests.servers.google.discovery import Api, Call, Json, Method, calendar_api, people_api
from tests.servers.google.refused import Refused, calendar_answer, people_answer
from tests.servers.google.state import World
from tests.servers.google.views import insufficient
from tests.servers.wire import Answer, Fault

_JSON = {"Content-Type": "application/json; charset=UTF-8"}
REFUSALS: Mapping[str, tuple[int, str, str]] = {
    "unauthorized": (401, "authError", "Invalid Credentials"),
    "rate_limit": (403, "rateLimitExceeded", "Rate Limit Exceeded"),
    "user_rate_limit": (403, "userRateLimitExceeded", "User Rate Limit Exceeded"),
    "quota": (403, "quotaExceeded", "Calendar usage limits exceeded."),
    "daily_limit": (403, "dailyLimitExceeded", "Daily Limit Exceeded"),
    "switched_off": (403, "accessNotConfigured", "The API is not enabled in your project."),
    "too_many": (429, "rateLimitExceeded", "Rate Limit Exceeded"),
    "forbidden": (403, "forbidden", "Forbidden"),
    "insufficient": (403, "insufficientPermissions", "Insufficient Permission"),
    "backend": (500, "backendError", "Backend Error"),
    "unavailable": (503, "backendError", "Service Unavailable"),
    "gone": (410, "fullSyncRequired", "Sync token is no longer valid, a full sync is required."),
    "garbled": (400, "invalid", "Invalid sync token value."),
    "not_found": (404, "notFound", "Not Found"),
    "duplicate": (409, "duplicate", "The requested identifier already exists."),
    "precondition": (412, "conditionNotMet", "Precondition Failed"),
}
"""Faults that answer instead of doing what was asked; ``value`` is their ``Retry-After``."""

_Read = Callable[[World, Call, str], Json]
_LISTS: Mapping[str, _Read] = {
    "calendar.events.list": reading.events,
    "calendar.calendarList.list": listing.calendar_list,
    "calendar.settings.list": listing.settings,
    "people.people.connections.list": people.connections,
    "people.otherContacts.list": people.other_contacts,
}
_ANSWERS: Mapping[str, Callable[[World, Call], Json | None]] = {
    "calendar.events.get": reading.get,
    "calendar.events.instances": reading.instances,
    "calendar.events.insert": writing.insert,
    "calendar.events.import": writing.import_,
    "calendar.events.update": writing.update,
    "calendar.events.patch": writing.patch,
    "calendar.events.delete": writing.delete,
    "calendar.events.move": writing.move,
    "calendar.calendarList.get": listing.calendar_list_entry,
    "calendar.calendars.get": listing.calendar,
    "calendar.calendars.insert": listing.insert_calendar,
    "calendar.calendars.delete": listing.delete_calendar,
    "calendar.settings.get": listing.setting,
    "calendar.freebusy.query": freebusy.query,
}


class GoogleService:
    """`tests.servers.common.Service` for Google."""

    own_faults = paging.TWISTS | REFUSALS.keys() | identity.REFUSALS | {"lost_event"}

    def __init__(self, world: World) -> None:
        self.world = world
        self.clock = world.clock
        self.lock = threading.RLock()

    def operation(self, request: Request) -> str:
        path = urlsplit(request.target).path
        if path in identity.PATHS:
            return identity.PATHS[path]
        _, method = _found(_spoken(request))
        return method.id if method else ""

    def answer(self, request: Request, fault: Fault | None) -> Answer:
        name = fault.name if fault else ""
        with self.lock:
            operation = self.operation(request)
            if operation in identity.PATHS.values():
                if name in identity.REFUSALS:
                    return identity.refusal(name)
                return identity.answer(self.world, operation, request)
            request = _spoken(request)
            try:
                return self._acted(request, fault)
            except Refused as error:
                is_people = _found(request)[0] is people_api()
                return people_answer(error) if is_people else calendar_answer(error)

    def _acted(self, request: Request, fault: Fault | None) -> Answer:
        """
        Raises:
            Refused: nothing is found there, or the fault says so.
        """
        api, method = _found(request)
        if method is None:
            raise Refused(404, "notFound", "Not Found")
        refuses = fault is not None and fault.name in REFUSALS
        if fault and refuses and not fault.done:
            raise _refusal(fault)
        answer = self._done(api, method, request, fault.name if fault else "")
        if fault and refuses:
            raise _refusal(fault)
        return answer

    def _done(self, api: Api, method: Method, request: Request, twist: str) -> Answer:
        """
        Raises:
            Refused: what is asked, or who asks, is not as it must be.
        """
        parts = urlsplit(request.target)
        call = self._signed_in(api.call(method, parts.path, parts.query, request.headers))
        call = replace(
            call, body=api.body(method, request.body, request.headers.get("content-type", ""))
        )
        if method.id in _LISTS:
            made: Json | None = _LISTS[method.id](self.world, call, twist)
        elif method.id in _ANSWERS:
            made = _ANSWERS[method.id](self.world, call)
        else:
            raise Refused(501, "notImplemented", f"The test server has no {method.id}.")
        if twist == "lost_event" and made:
            calendar = call.path["calendarId"].replace("primary", call.user)
            del self.world.state.calendars[calendar].entries[made["id"]]
        if made is None:
            return Answer(HTTPStatus.NO_CONTENT, b"", {})
        problems = list(api.problems(method.response, made))
        assert not problems, f"the test server answers {method.id} wrongly: {problems}"
        made = partial.only(made, call.text("fields"))
        return Answer(HTTPStatus.OK, json.dumps(made, indent=1).encode(), _JSON)

    def _signed_in(self, call: Call) -> Call:
        """
        Raises:
            Refused: the token is none of ours or too old, or has no scope for this.
        """
        kind, _, token = call.headers.get("authorization", "").partition(" ")
        access = self.world.state.access.get(token)
        if kind != "Bearer" or access is None or self.world.now() >= access.expires:
            raise Refused(401, "authError", "Invalid Credentials", "Authorization")
        if not access.scopes & call.method.scopes:
            raise insufficient()
        return replace(call, user=access.user, scopes=access.scopes, delegated=access.delegated)


def _refusal(fault: Fault) -> Refused:
    status, reason, message = REFUSALS[fault.name]
    wait = {"Retry-After": fault.value} if fault.value else {}
    where = "Authorization" if status == HTTPStatus.UNAUTHORIZED else ""
    return Refused(status, reason, message, where, wait)


def _found(request: Request) -> tuple[Api, Method | None]:
    path = urlsplit(request.target).path
    api = calendar_api() if path.startswith(calendar_api().base) else people_api()
    return api, api.find(request.method, path)


def _spoken(request: Request) -> Request:
    """A GET too long for its address comes as a POST that says what it is."""
    override = request.headers.get("x-http-method-override")
    if request.method != "POST" or override != "GET":
        return request
    target = f"{request.target}?{request.body.decode()}"
    return request._replace(method="GET", target=target, body=b"")
