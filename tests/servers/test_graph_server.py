"""The fake of Graph is as strict and as odd as Graph is said to be."""

from __future__ import annotations

import random
from collections.abc import Iterator
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from typing import Any, TypeAlias

import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.servers.common import Request
from tests.servers.graph.__main__ import _furnish
from tests.servers.graph.asked import place
from tests.servers.graph.moments import FAR_FUTURE
from tests.servers.graph.oracle import properties, routes
from tests.servers.graph.permissions import NEEDED
from tests.servers.graph.server import OWNER, PERSONAL, GraphServer

Json: TypeAlias = Any  # what a test looks at is its own affair
NOW = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)
IMMUTABLE = 'IdType="ImmutableId"'
TAG = "String {66f5a359-4659-4830-9070-00047ec6ac6e} Name FikaUid"
WEEK = {"startDateTime": "2026-03-02T00:00:00Z", "endDateTime": "2026-03-09T00:00:00Z"}


class Caller:
    """A client with a token; every call says its status and its body."""

    def __init__(self, server: GraphServer, *scopes: str, address: str = "") -> None:
        token = server.token(*(scopes or ("Calendars.ReadWrite",)), address=address)
        headers = {"Authorization": f"Bearer {token}", "Prefer": IMMUTABLE}
        self.http = httpx.Client(base_url=f"{server.url}/v1.0", headers=headers, trust_env=False)

    def __call__(self, method: str, path: str, **given: Json) -> Json:
        answer = self.http.request(method, path, **given)
        return answer.status_code, answer.json() if answer.content else None

    def good(self, method: str, path: str, **given: Json) -> Json:
        status, body = self(method, path, **given)
        assert status < 300, body
        return body

    def refused(self, method: str, path: str, **given: Json) -> tuple[int, str]:
        status, body = self(method, path, **given)
        assert {"code", "message", "innerError"} == set(body["error"])
        return status, body["error"]["code"]


@pytest.fixture
def server() -> Iterator[GraphServer]:
    server = GraphServer(moment=NOW)
    with server.running():
        yield server


@pytest.fixture
def owner(server: GraphServer) -> Iterator[Caller]:
    caller = Caller(server)
    with caller.http:
        yield caller


def at(hour: int, day: int = 3, zone: str = "UTC") -> dict[str, str]:
    return {"dateTime": f"2026-03-{day:02}T{hour:02}:00:00", "timeZone": zone}


def coffee(**more: Json) -> dict[str, Json]:
    return {"subject": "Coffee", "start": at(9), "end": at(10), **more}


def guests(*addresses: str) -> list[Json]:
    return [{"emailAddress": {"address": each}, "type": "required"} for each in addresses]


WEEKLY: dict[str, dict[str, Json]] = {
    "pattern": {"type": "weekly", "interval": 1, "daysOfWeek": ["tuesday"]},
    "range": {"type": "numbered", "numberOfOccurrences": 4, "startDate": "2026-03-03"},
}


def test_an_event_comes_back_in_utc_with_seven_digits(owner: Caller) -> None:
    made = owner.good(
        "POST", "me/events", json=coffee(start=at(9, zone="W. Europe Standard Time"), end=at(10))
    )

    assert made["start"] == {"dateTime": "2026-03-03T08:00:00.0000000", "timeZone": "UTC"}
    assert made["originalStartTimeZone"] == "W. Europe Standard Time"
    assert made["responseStatus"]["time"] == "0001-01-01T00:00:00Z"
    assert owner.good("GET", f"me/events/{made['id']}") == made


def test_the_zone_of_an_answer_is_the_preferred_one(owner: Caller) -> None:
    made = owner.good("POST", "me/events", json=coffee())
    tokyo = f'{IMMUTABLE}, outlook.timezone="Tokyo Standard Time"'

    shown = owner.good("GET", f"me/events/{made['id']}", headers={"Prefer": tokyo})
    assert shown["start"]["dateTime"] == "2026-03-03T18:00:00.0000000"


def test_a_whole_day_is_never_moved_by_a_zone(owner: Caller) -> None:
    body = coffee(start=at(0, 3, "Tokyo Standard Time"), end=at(0, 4, "Tokyo Standard Time"))

    made = owner.good("POST", "me/events", json={**body, "isAllDay": True})
    assert made["start"]["dateTime"] == "2026-03-03T00:00:00.0000000"


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (coffee(subjcet="x"), "RequestBodyRead"),
        (coffee(showAs="away"), "RequestBodyRead"),
        (coffee(isAllDay="yes"), "RequestBodyRead"),
        (coffee(categories="Fika"), "RequestBodyRead"),
        (coffee(iCalUId="x"), "RequestBodyRead"),
        (coffee(start=at(11)), "ErrorPropertyValidationFailure"),
        (coffee(isAllDay=True), "ErrorPropertyValidationFailure"),
        (coffee(start=at(9, zone="Mars/Olympus")), "TimeZoneNotSupportedException"),
        (coffee(start=at(9, zone="Europe/Stockholm")), "TimeZoneNotSupportedException"),
        (coffee(start={"dateTime": "2026-03-03T09:00:00Z", "timeZone": "UTC"}), "RequestBodyRead"),
        ({"subject": "no times"}, "RequestBodyRead"),
        (coffee(attendees=[{"type": "required"}]), "ErrorInvalidRecipients"),
        (coffee(recurrence={"pattern": {"type": "weekly"}, "range": {}}), "ErrorInvalidRecurrence"),
        (
            coffee(singleValueExtendedProperties=[{"id": "FikaUid", "value": "1"}]),
            "ErrorInvalidExtendedProperty",
        ),
    ],
)
def test_what_the_types_do_not_allow_is_refused(
    owner: Caller, body: dict[str, Json], code: str
) -> None:
    assert owner.refused("POST", "me/events", json=body) == (400, code)


@pytest.mark.parametrize(
    "path",
    [
        "me/events?$pick=id",
        "me/events?$select=title",
        "me/events?$expand=attachments",
        "me/events?$top=1001",
        "me/events?$filter=title eq 'x'",
        "me/calendarView",
        "me/calendarView/delta?startDateTime=2026-03-02&endDateTime=2026-03-09&$select=id",
    ],
)
def test_a_query_that_graph_does_not_know_is_refused(owner: Caller, path: str) -> None:
    assert owner.refused("GET", path)[0] == 400


@pytest.mark.parametrize(
    ("scopes", "method", "path", "status"),
    [
        (["Calendars.ReadBasic"], "GET", "me/events", 200),
        (["Calendars.ReadBasic"], "POST", "me/events", 403),
        (["Calendars.Read"], "POST", "me/events", 403),
        (["Calendars.ReadWrite"], "GET", "me/contacts", 403),
        (["Contacts.Read"], "GET", "me/contacts", 200),
        (["Calendars.ReadWrite"], "GET", "me/people", 403),
        (["People.Read"], "GET", "me/people", 200),
        (["MailboxSettings.Read"], "GET", "me/mailboxSettings", 200),
        (["User.Read"], "GET", "me/calendars", 403),
    ],
)
def test_each_operation_asks_for_its_own_permission(
    server: GraphServer, scopes: list[str], method: str, path: str, status: int
) -> None:
    caller = Caller(server, *scopes)

    with caller.http:
        assert caller(method, path, **({"json": coffee()} if method == "POST" else {}))[0] == status


def test_what_is_asked_wrongly_changes_nothing(server: GraphServer, owner: Caller) -> None:
    made = owner.good("POST", "me/events", json=coffee())

    assert owner.refused("POST", "me/events?$select=title", json=coffee())[0] == 400
    assert len(server.mailbox().items) == 1
    wrong = {"subject": "Tea", "attendees": guests("ann@example.net"), "end": at(8)}
    assert owner.refused("PATCH", f"me/events/{made['id']}", json=wrong)[0] == 400
    assert owner.good("GET", f"me/events/{made['id']}") == made
    assert server.mailbox().outbox == []


def test_an_old_token_is_refused(server: GraphServer, owner: Caller) -> None:
    server.clock.forward(timedelta(hours=2))

    assert owner.refused("GET", "me/events") == (401, "InvalidAuthenticationToken")


def test_the_same_transaction_makes_one_event_and_another_event_is_refused(
    server: GraphServer, owner: Caller
) -> None:
    first = owner.good("POST", "me/events", json=coffee(transactionId="t1"))

    assert owner.good("POST", "me/events", json=coffee(transactionId="t1")) == first
    other = coffee(transactionId="t1", subject="Lunch")
    assert owner.refused("POST", "me/events", json=other) == (409, "ErrorDuplicateTransactionId")
    owner.good("DELETE", f"me/events/{first['id']}")
    again = owner.refused("POST", "me/events", json=coffee(transactionId="t1"))
    assert again == (409, "ErrorDuplicateTransactionId")


def test_every_guest_is_told_of_every_write(server: GraphServer, owner: Caller) -> None:
    def told() -> list[tuple[str, str]]:
        return [(each.to, each.kind) for each in server.mailbox().outbox]

    made = owner.good("POST", "me/events", json=coffee())
    there = f"me/events/{made['id']}"
    assert told() == []
    owner.good("PATCH", there, json={"attendees": guests("ann@example.net")})
    assert told() == [("ann@example.net", "invited")]
    owner.good("PATCH", there, json={"attendees": guests("ann@example.net", "bo@example.net")})
    assert told()[1:] == [("bo@example.net", "invited")]
    owner.good("PATCH", there, json={"subject": "Lunch"})
    assert told()[2:] == [("ann@example.net", "updated"), ("bo@example.net", "updated")]
    owner.good("PATCH", there, json={"attendees": guests("ann@example.net")})
    assert told()[4:] == [("bo@example.net", "cancelled")]
    owner.good("POST", f"{there}/cancel", json={"comment": "sorry"})
    assert told()[5:] == [("ann@example.net", "cancelled")]
    assert server.mailbox().outbox[-1].text == "sorry"
    assert owner.refused("GET", there) == (404, "ErrorItemNotFound")


def test_a_stale_version_is_refused_where_the_header_is_heeded_at_all(
    server: GraphServer, owner: Caller
) -> None:
    made = owner.good("POST", "me/events", json=coffee())
    there, stale = f"me/events/{made['id']}", {"If-Match": made["@odata.etag"]}
    owner.good("PATCH", there, json={"subject": "Lunch"}, headers=stale)

    refused = owner.refused("PATCH", there, json={"subject": "Tea"}, headers=stale)
    assert refused == (412, "ErrorIrresolvableConflict")
    server.mailbox().honours_if_match = False
    owner.good("PATCH", there, json={"subject": "Tea"}, headers=stale)


def test_an_answer_and_a_proposed_time_are_kept_until_the_meeting_moves(
    server: GraphServer, owner: Caller
) -> None:
    made = owner.good("POST", "me/events", json=coffee(attendees=guests("ann@example.net")))
    thursday = datetime(2026, 3, 5, 10, tzinfo=UTC)
    proposed = (thursday, thursday + timedelta(hours=1))
    server.mailbox().answer(made["id"], "ann@example.net", "tentativelyAccepted", proposed)

    ann = owner.good("GET", f"me/events/{made['id']}")["attendees"][0]
    assert ann["status"]["response"] == "tentativelyAccepted"
    assert ann["proposedNewTime"]["start"]["dateTime"] == "2026-03-05T10:00:00.0000000"
    moved = owner.good("PATCH", f"me/events/{made['id']}", json={"start": at(8)})
    assert moved["attendees"][0]["status"]["response"] == "none"
    assert "proposedNewTime" not in moved["attendees"][0]


def test_an_id_that_is_not_immutable_changes_when_the_event_moves(
    server: GraphServer, owner: Caller
) -> None:
    other = server.mailbox().add_calendar("Private")
    made = owner.good("POST", "me/events", json=coffee())
    plain = {"Prefer": ""}
    before = owner.good("GET", "me/events", headers=plain)["value"][0]["id"]
    server.mailbox().move(made["id"], other)

    assert owner.refused("GET", f"me/events/{before}", headers=plain)[0] == 404
    assert owner.good("GET", f"me/events/{made['id']}")["id"] == made["id"]
    assert owner.refused("GET", f"me/events/{made['id']}", headers=plain)[0] == 404


def test_an_extended_property_is_found_by_filter_and_shown_by_expand(owner: Caller) -> None:
    tag = {"id": TAG, "value": "Fika-1"}
    owner.good("POST", "me/events", json=coffee(singleValueExtendedProperties=[tag]))
    owner.good("POST", "me/events", json=coffee())
    any_of = f"singleValueExtendedProperties/Any(ep: ep/id eq '{TAG}' and ep/value eq 'fika-1')"
    expand = f"singleValueExtendedProperties($filter=id eq '{TAG}')"

    found = owner.good("GET", "me/events", params={"$filter": any_of})["value"]
    assert len(found) == 1
    assert "singleValueExtendedProperties" not in found[0]
    shown = owner.good("GET", f"me/events/{found[0]['id']}", params={"$expand": expand})
    assert shown["singleValueExtendedProperties"] == [tag]


def test_a_series_has_a_master_occurrences_and_exceptions(owner: Caller) -> None:
    made = owner.good("POST", "me/events", json=coffee(recurrence=WEEKLY))
    month = {"startDateTime": "2026-03-01T00:00:00Z", "endDateTime": "2026-04-01T00:00:00Z"}
    seen = owner.good("GET", f"me/events/{made['id']}/instances", params=month)["value"]
    owner.good("PATCH", f"me/events/{seen[1]['id']}", json={"start": at(7, 10), "end": at(8, 10)})
    owner.good("DELETE", f"me/events/{seen[2]['id']}")

    view = owner.good("GET", "me/calendarView", params=month)["value"]
    assert [(each["type"], each["start"]["dateTime"][8:13]) for each in view] == [
        ("occurrence", "03T09"),
        ("exception", "10T07"),
        ("occurrence", "24T09"),
    ]
    assert {each["seriesMasterId"] for each in view} == {made["id"]}
    assert view[1]["originalStart"] == "2026-03-10T09:00:00.0000000Z"
    assert len({each["iCalUId"] for each in view}) == 3


def rounds(owner: Caller, link: str, **headers: str) -> tuple[list[Json], str]:
    """Everything of one round, and the link for the next."""
    told = []
    while True:
        page = owner.good("GET", link, headers={"Prefer": IMMUTABLE, **headers})
        told += page["value"]
        if "@odata.deltaLink" in page:
            return told, page["@odata.deltaLink"]
        link = page["@odata.nextLink"]


FIRST = "me/calendarView/delta?startDateTime=2026-03-01T00:00:00Z&endDateTime=2026-04-01T00:00:00Z"


def test_a_delta_tells_a_series_once_and_then_only_what_changed(
    server: GraphServer, owner: Caller
) -> None:
    series = owner.good("POST", "me/events", json=coffee(recurrence=WEEKLY))
    single = owner.good("POST", "me/events", json=coffee())

    told, link = rounds(owner, FIRST)
    assert [each["type"] for each in told] == [
        "seriesMaster",
        *["occurrence"] * 4,
        "singleInstance",
    ]
    assert {"subject", "iCalUId"}.isdisjoint(told[1])
    told, link = rounds(owner, link)
    assert told == []
    owner.good("PATCH", f"me/events/{single['id']}", json={"subject": "Tea"})
    far = owner.good("POST", "me/events", json=coffee(start=at(9, 3), end=at(10, 3)))
    april = {"dateTime": "2026-05-01T09:00:00", "timeZone": "UTC"}
    owner.good("PATCH", f"me/events/{far['id']}", json={"start": april, "end": april})
    owner.good("DELETE", f"me/events/{series['id']}")
    told, link = rounds(owner, link)
    assert [each.get("subject") for each in told[:1]] == ["Tea"]
    removed = {each["id"] for each in told if "@removed" in each}
    assert removed == {series["id"], far["id"]}
    server.graph.rounds.by_token.clear()
    assert owner.refused("GET", link) == (410, "SyncStateNotFound")


def test_a_delta_comes_in_pages_some_of_them_empty_some_twice(
    server: GraphServer, owner: Caller
) -> None:
    for hour in range(8, 13):
        owner.good("POST", "me/events", json=coffee(start=at(hour), end=at(hour + 1)))
    for fault in ("empty_page", "repeat", "stray"):
        server.faults.add(fault, "delta")

    told, _ = rounds(owner, FIRST, Prefer=f"{IMMUTABLE}, odata.maxpagesize=2")
    assert len(told) == 8
    assert server.count("delta") == 4


def test_a_link_with_more_parameters_is_not_the_link(owner: Caller) -> None:
    _, link = rounds(owner, FIRST)

    assert owner.refused("GET", f"{link}&$top=5")[0] == 400


def test_lists_come_in_pages(owner: Caller) -> None:
    for hour in range(8, 13):
        owner.good("POST", "me/events", json=coffee(start=at(hour), end=at(hour + 1)))

    page = owner.good("GET", "me/calendarView", params={**WEEK, "$top": "2", "$select": "subject"})
    assert len(page["value"]) == 2
    assert set(page["value"][0]) == {"@odata.etag", "id", "subject"}
    assert len(owner.good("GET", page["@odata.nextLink"])["value"]) == 2


def test_free_time_of_others_is_told_to_work_accounts_only(server: GraphServer) -> None:
    work, home = Caller(server), Caller(server, address=PERSONAL.address)
    nine = datetime(2026, 3, 3, 9, tzinfo=UTC)
    schedules = server.mailbox(OWNER.address).circle.schedules
    schedules["ann@example.com"] = [(nine, nine + timedelta(hours=1), "busy")]
    body = {
        "schedules": ["ann@example.com", "who@example.net"],
        "startTime": at(8),
        "endTime": at(12),
        "availabilityViewInterval": 60,
    }

    with work.http, home.http:
        ann, who = work.good("POST", "me/calendar/getSchedule", json=body)["value"]
        assert ann["availabilityView"] == "0200"
        assert who["error"]["responseCode"] == "ErrorMailRecipientNotFound"
        assert home.refused("POST", "me/calendar/getSchedule", json=body)[0] == 403
        crowd = {**body, "schedules": ["ann@example.com"] * 21}
        assert work.refused("POST", "me/calendar/getSchedule", json=crowd)[0] == 400
        months = {**body, "endTime": {"dateTime": "2026-06-03T00:00:00", "timeZone": "UTC"}}
        assert work.refused("POST", "me/calendar/getSchedule", json=months)[0] == 400


def test_a_teams_meeting_needs_a_calendar_that_allows_it(server: GraphServer) -> None:
    work, home = Caller(server), Caller(server, address=PERSONAL.address)
    online = coffee(isOnlineMeeting=True, onlineMeetingProvider="teamsForBusiness")

    with work.http, home.http:
        assert work.good("POST", "me/events", json=online)["onlineMeeting"]["joinUrl"]
        assert home.refused("POST", "me/events", json=online)[0] == 400


def test_contacts_are_told_by_folder_and_by_what_changed(server: GraphServer) -> None:
    caller = Caller(server, "Contacts.Read")
    circle = server.mailbox().circle
    friends = circle.add_folder("Friends")
    ann = circle.put_contact({"displayName": "Ann"}, friends)
    circle.put_contact({"displayName": "Bo"})

    with caller.http:
        assert [f["id"] for f in caller.good("GET", "me/contactFolders")["value"]] == [friends]
        told, link = rounds(caller, f"me/contactFolders/{friends}/contacts/delta")
        assert [each["displayName"] for each in told] == ["Ann"]
        circle.delete_contact(ann)
        told, link = rounds(caller, link)
        assert told == [{"id": ann, "@removed": {"reason": "deleted"}}]
        assert rounds(caller, link)[0] == []
        circle.put_contact({"displayName": "Cy", "surname": "Cyan"}, friends)
        chosen = f"me/contactFolders/{friends}/contacts/delta?$select=surname"
        told, link = rounds(caller, chosen)
        assert [set(each) for each in told] == [{"id", "surname", "@odata.etag"}]
        circle.put_contact({"displayName": "Di", "surname": "Dust"}, friends)
        assert set(rounds(caller, link)[0][0]) == {"id", "surname", "@odata.etag"}


@pytest.mark.parametrize(
    ("fault", "value", "status", "code"),
    [
        ("throttled", "7", 429, "TooManyRequests"),
        ("concurrency", "2", 503, "ApplicationThrottled"),
        ("server_error", "502", 502, "InternalServerError"),
    ],
)
def test_a_fault_may_strike_before_or_after_the_event_is_made(
    server: GraphServer, owner: Caller, fault: str, value: str, status: int, code: str
) -> None:
    server.faults.add(fault, "events.create", value=value)
    server.faults.add(fault, "events.create", value=value, done=True)

    assert owner.refused("POST", "me/events", json=coffee()) == (status, code)
    assert len(server.mailbox().items) == 0
    assert owner.refused("POST", "me/events", json=coffee()) == (status, code)
    assert len(server.mailbox().items) == 1


def test_an_event_or_its_change_may_be_seen_late_or_never(
    server: GraphServer, owner: Caller
) -> None:
    server.faults.add("lag", "events.create", value="20")
    made = owner.good("POST", "me/events", json=coffee())
    assert owner.refused("GET", f"me/events/{made['id']}")[0] == 404
    server.clock.forward(timedelta(seconds=21))

    assert owner.good("GET", f"me/events/{made['id']}")["id"] == made["id"]
    server.faults.add("lag", "events.update", value="20")
    owner.good("PATCH", f"me/events/{made['id']}", json={"subject": "Tea"})
    assert owner.good("GET", f"me/events/{made['id']}")["subject"] == "Coffee"
    assert rounds(owner, FIRST)[0][0]["subject"] == "Coffee"
    link = rounds(owner, FIRST)[1]
    server.clock.forward(timedelta(seconds=21))
    assert owner.good("GET", f"me/events/{made['id']}")["subject"] == "Tea"
    assert rounds(owner, link)[0][0]["subject"] == "Tea"
    server.faults.add("lost", "events.create")
    lost = owner.good("POST", "me/events", json=coffee())
    assert owner.refused("GET", f"me/events/{lost['id']}")[0] == 404


def test_a_mailbox_takes_four_requests_at_once(server: GraphServer, owner: Caller) -> None:
    under_way = Request("GET", "/", {"authorization": owner.http.headers["Authorization"]}, b"")

    with ExitStack() as others:
        for _ in range(4):
            others.enter_context(server.graph.at_work(under_way))
        assert owner.refused("GET", "me/events") == (503, "ApplicationThrottled")
        assert server.requests[-1].fault == "concurrency"
    assert owner("GET", "me/events")[0] == 200


def test_a_server_can_be_again_as_it_was(server: GraphServer, owner: Caller) -> None:
    kept = owner.good("POST", "me/events", json=coffee())
    state = server.saved()
    lost = owner.good("POST", "me/events", json=coffee(attendees=guests("ann@example.net")))
    owner.good("PATCH", f"me/events/{kept['id']}", json={"subject": "Tea"})

    for _ in range(2):
        server.restore(state)
        assert owner.good("GET", f"me/events/{kept['id']}") == kept
        assert owner.refused("GET", f"me/events/{lost['id']}")[0] == 404
        assert server.mailbox().outbox == []
        owner.good("DELETE", f"me/events/{kept['id']}")


def test_a_received_invitation_is_as_bare_as_some_are(server: GraphServer, owner: Caller) -> None:
    nine = datetime(2026, 3, 3, 9, tzinfo=UTC).replace(tzinfo=None)
    key = server.mailbox().add(
        nine,
        nine + timedelta(hours=1),
        zone="Tokyo Standard Time",
        subject=None,
        iCalUId=None,
        isOrganizer=False,
        organizer={"emailAddress": {"address": "raj@example.org"}},
        responseStatus={"response": "notResponded", "time": FAR_FUTURE},
        attendees=[{"emailAddress": {"address": OWNER.address}}],
    )

    event = owner.good("GET", f"me/events/{key}")
    assert (event["subject"], event["iCalUId"]) == (None, None)
    assert event["responseStatus"]["time"] == "4501-01-01T00:00:00Z"
    assert event["start"]["dateTime"] == "2026-03-03T00:00:00.0000000"
    assert owner.refused("POST", f"me/events/{key}/cancel", json={})[0] == 400
    owner.good("DELETE", f"me/events/{key}")
    assert server.mailbox().outbox == []


def test_an_event_of_a_shared_calendar_is_found_there_alone(
    server: GraphServer, owner: Caller
) -> None:
    box = server.mailbox()
    team = box.add_calendar("Team", can_edit=False, owner="team@example.com")
    key = box.add(NOW.replace(tzinfo=None), NOW.replace(tzinfo=None, hour=9), calendar=team)

    assert owner.refused("GET", f"me/events/{key}")[0] == 404
    there = f"me/calendars/{team}/events/{key}"
    assert owner.good("GET", there)["id"] == key
    assert owner.refused("PATCH", there, json={"subject": "Ours"}) == (403, "ErrorAccessDenied")


def test_answers_are_counted_in_the_default_calendar_only(
    server: GraphServer, owner: Caller
) -> None:
    other = server.mailbox().add_calendar("Private")
    body = coffee(attendees=guests("ann@example.net"))
    made = owner.good("POST", f"me/calendars/{other}/events", json=body)
    server.mailbox().answer(made["id"], "ann@example.net", "accepted")

    ann = owner.good("GET", f"me/events/{made['id']}")["attendees"][0]
    assert ann["status"]["response"] == "none"


@pytest.mark.parametrize("path", sorted(routes()))
def test_every_path_named_beside_the_server_is_answered(path: str) -> None:
    method = "GET" if "GET" in routes()[path].methods else "POST"

    found = place(Request(method, f"/v1.0/me/{path}".rstrip("/"), {}, b""))
    assert found is not None
    assert found.operation in NEEDED


def test_a_body_is_html_unless_text_is_preferred(owner: Caller) -> None:
    text = {"contentType": "text", "content": "Bring <cake>\nand tea"}
    made = owner.good("POST", "me/events", json=coffee(body=text))
    plain = f'{IMMUTABLE}, outlook.body-content-type="text"'

    assert made["body"]["contentType"] == "html"
    assert "Bring &lt;cake&gt;<br>" in made["body"]["content"]
    shown = owner.good("GET", f"me/events/{made['id']}", headers={"Prefer": plain})
    assert shown["body"] == text


@pytest.mark.parametrize(
    ("pattern", "days"),
    [
        ({"type": "daily", "interval": 10}, ["01-31", "02-10", "02-20"]),
        ({"type": "absoluteMonthly", "interval": 1, "dayOfMonth": 31}, ["01-31", "02-28", "03-31"]),
        (
            {
                "type": "relativeMonthly",
                "interval": 1,
                "daysOfWeek": ["friday"],
                "index": "last",
            },
            ["02-27", "03-27", "04-24"],
        ),
    ],
)
def test_a_series_falls_on_the_days_of_its_pattern(
    owner: Caller, pattern: dict[str, Json], days: list[str]
) -> None:
    numbered = {"type": "numbered", "numberOfOccurrences": 3, "startDate": "2026-01-31"}
    start, end = ({"dateTime": f"2026-01-31T{h}:00:00", "timeZone": "UTC"} for h in ("09", "10"))
    year = {"startDateTime": "2026-01-01T00:00:00Z", "endDateTime": "2027-01-01T00:00:00Z"}

    recurrence = {"pattern": pattern, "range": numbered}
    made = owner.good("POST", "me/events", json=coffee(start=start, end=end, recurrence=recurrence))
    seen = owner.good("GET", f"me/events/{made['id']}/instances", params=year)["value"]
    assert [each["start"]["dateTime"][5:10] for each in seen] == days


def test_an_endless_series_begun_long_ago_still_goes_on(owner: Caller) -> None:
    start, end = ({"dateTime": f"2001-03-03T{h}:00:00", "timeZone": "UTC"} for h in ("09", "10"))
    rule = {
        "pattern": {"type": "absoluteYearly", "interval": 1, "dayOfMonth": 3, "month": 3},
        "range": {"type": "noEnd", "startDate": "2001-03-03"},
    }
    owner.good("POST", "me/events", json=coffee(start=start, end=end, recurrence=rule))

    told, _ = rounds(owner, FIRST)
    assert [each["start"]["dateTime"][:10] for each in told] == ["2001-03-03", "2026-03-03"]


def test_nobody_reads_the_mailbox_of_another(owner: Caller) -> None:
    assert owner.good("GET", f"users/{OWNER.address}/events")["value"] == []
    assert owner.refused("GET", f"users/{PERSONAL.address}/events")[0] == 404


def shuffled(owner: Caller, chance: random.Random, there: list[str]) -> None:
    """One thing that an owner does: a new event, a change in or out of the window, an end."""
    deed, day = chance.choice(("new", "series", "move", "leave", "end")), chance.randint(2, 27)
    if deed in {"new", "series"} or not there:
        body = coffee(start=at(9, day), end=at(10, day))
        if deed == "series":
            span = {"type": "numbered", "numberOfOccurrences": 3, "startDate": f"2026-03-{day:02}"}
            body["recurrence"] = {"pattern": {"type": "daily", "interval": 2}, "range": span}
            owner.good("POST", "me/events", json=body)
        else:
            there.append(owner.good("POST", "me/events", json=body)["id"])
        return
    key = there[chance.randrange(len(there))]
    if deed == "end":
        there.remove(key)
        owner.good("DELETE", f"me/events/{key}")
        return
    month = "2026-03" if deed == "move" else "2027-03"
    times = [{"dateTime": f"{month}-{day:02}T{h}:00:00", "timeZone": "UTC"} for h in ("14", "15")]
    owner.good("PATCH", f"me/events/{key}", json={"start": times[0], "end": times[1]})


@pytest.mark.parametrize("seed", range(4))
def test_who_applies_every_round_of_a_delta_has_the_view(owner: Caller, seed: int) -> None:
    chance, there, link = random.Random(seed), list[str](), FIRST
    mirror: dict[str, str] = {}
    month = {"startDateTime": "2026-03-01T00:00:00Z", "endDateTime": "2026-04-01T00:00:00Z"}

    for _ in range(8):
        for _ in range(chance.randint(0, 4)):
            shuffled(owner, chance, there)
        told, link = rounds(owner, link)
        for each in told:
            if "@removed" in each:
                mirror.pop(each["id"], None)
            elif each["type"] != "seriesMaster":
                mirror[each["id"]] = each["start"]["dateTime"]
        view = owner.good("GET", "me/calendarView", params={**month, "$top": "1000"})["value"]
        assert mirror == {each["id"]: each["start"]["dateTime"] for each in view}


def test_the_account_that_is_tried_by_hand_can_be_read(server: GraphServer, owner: Caller) -> None:
    _furnish(server)

    subjects = [each["subject"] for each in owner.good("GET", "me/events")["value"]]
    assert len(subjects) == 5
    assert "Weekly" in subjects


HOLES: st.SearchStrategy[Json] = st.sampled_from(
    [None, [], {}, [None], [{}], "", 0, -1, 10**12, "x", True, "2026-02-30"]
)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(
    name=st.sampled_from(sorted(properties("event"))),
    inner=st.sampled_from(["", "dateTime", "timeZone", "emailAddress", "content", "id", "type"]),
    hole=HOLES,
)
def test_whatever_a_body_holds_is_done_or_refused(
    owner: Caller, name: str, inner: str, hole: Json
) -> None:
    body = coffee(**{name: {inner: hole} if inner else hole})

    assert owner("POST", "me/events", json=body)[0] in {201, 400, 409}


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(
    part=st.sampled_from(["pattern", "range"]),
    name=st.sampled_from(
        [*properties("recurrencePattern"), *properties("recurrenceRange")],
    ),
    hole=HOLES,
)
def test_whatever_a_recurrence_holds_is_done_or_refused(
    owner: Caller, part: str, name: str, hole: Json
) -> None:
    kind = {"type": "endDate", "endDate": "2026-04-01"} if name == "endDate" else {}
    rule = {**WEEKLY, part: {**WEEKLY[part], **kind, name: hole}}

    assert owner("POST", "me/events", json=coffee(recurrence=rule))[0] in {201, 400}
    assert owner("GET", "me/calendarView", params=WEEK)[0] == 200
