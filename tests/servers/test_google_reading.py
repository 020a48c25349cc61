"""What the fake of Google shows, in which pages, and to whom."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest

from tests.servers.common import Clock
from tests.servers.google import GoogleServer
from tests.servers.google.library import (
    GUEST,
    HELD,
    HERE,
    HOLD,
    NOON,
    ONE,
    Untyped,
    refusal,
    signed_in,
)


@pytest.fixture
def server() -> Iterator[GoogleServer]:
    made = GoogleServer(clock=Clock(datetime(2026, 11, 22, 9, tzinfo=UTC)))
    with made.running():
        yield made


@pytest.fixture
def events(server: GoogleServer) -> Iterator[Untyped]:
    with signed_in(server) as service:
        yield service.events()


def listed(page: Untyped) -> list[tuple[str, str]]:
    return [(each["id"], each["status"]) for each in page["items"]]


def test_a_full_reading_comes_in_pages_and_only_the_last_has_a_sync_token(
    server: GoogleServer, events: Untyped
) -> None:
    for number in range(3):
        server.put({"id": f"e{number}", "start": NOON, "end": ONE})
    first = events.list(**HERE, maxResults=2).execute()
    last = events.list(**HERE, maxResults=2, pageToken=first["nextPageToken"]).execute()

    assert (len(first["items"]), "nextSyncToken" in first) == (2, False)
    assert (len(last["items"]), "nextPageToken" in last) == (1, False)
    server.remove("e1")
    server.change("e2", summary="New")
    changed = events.list(**HERE, syncToken=last["nextSyncToken"]).execute()
    assert listed(changed) == [("e1", "cancelled"), ("e2", "confirmed")]
    assert "summary" not in changed["items"][0]
    again = events.list(**HERE, syncToken=changed["nextSyncToken"]).execute()
    assert again["items"] == []


@pytest.mark.parametrize(
    "unfit",
    [
        {"timeMin": "2026-01-01T00:00:00Z"},
        {"timeMax": "2026-01-01T00:00:00Z"},
        {"q": "coffee"},
        {"orderBy": "updated"},
        {"iCalUID": "a@example.com"},
        {"updatedMin": "2026-11-01T00:00:00Z"},
        {"privateExtendedProperty": "a=b"},
        {"showDeleted": False},
        {"singleEvents": True},
        {"eventTypes": ["default"]},
        {"timeZone": "Europe/Paris"},
    ],
)
def test_a_sync_token_goes_only_with_what_it_was_given_for(
    events: Untyped, unfit: dict[str, Untyped]
) -> None:
    token = events.list(**HERE).execute()["nextSyncToken"]

    assert refusal(events.list(**HERE, syncToken=token, **unfit)) == (400, "invalid")


def test_a_sync_token_that_is_changed_or_too_old_asks_for_a_full_reading(
    server: GoogleServer, events: Untyped
) -> None:
    token = events.list(**HERE).execute()["nextSyncToken"]

    assert refusal(events.list(**HERE, syncToken=f"{token}x")) == (410, "fullSyncRequired")
    server.end_sync_tokens()
    assert refusal(events.list(**HERE, syncToken=token)) == (410, "fullSyncRequired")


def test_a_series_is_one_event_or_its_instances(server: GoogleServer, events: Untyped) -> None:
    weekly = ["RRULE:FREQ=WEEKLY;COUNT=4", "EXDATE;TZID=Europe/Berlin:20261208T120000"]
    events.insert(**HERE, body={**HOLD, "recurrence": weekly}).execute()
    token = events.list(**HERE).execute()["nextSyncToken"]
    single = events.list(**HERE, singleEvents=True, orderBy="startTime").execute()["items"]

    assert [each["start"]["dateTime"][:10] for each in single] == [
        "2026-11-24",
        "2026-12-01",
        "2026-12-15",
    ]
    moved = {
        "start": {"dateTime": "2026-12-02T09:00:00+01:00"},
        "end": {"dateTime": "2026-12-02T10:00:00+01:00"},
    }
    events.patch(**HERE, eventId=single[1]["id"], body=moved).execute()
    events.delete(**HERE, eventId=single[2]["id"]).execute()
    changed = events.list(**HERE, syncToken=token).execute()["items"]
    assert [each["originalStartTime"]["dateTime"] for each in changed] == [
        "2026-12-01T12:00:00+01:00",
        "2026-12-15T12:00:00+01:00",
    ]
    assert {each["recurringEventId"] for each in changed} == {"f1ka0"}
    assert changed[1].keys() == {
        *("kind", "etag", "id", "status", "recurringEventId", "originalStartTime")
    }
    instances = events.instances(**HELD).execute()["items"]
    assert [each["start"]["dateTime"][:10] for each in instances] == ["2026-11-24", "2026-12-02"]


def test_bounds_are_exclusive_and_an_end_counts_for_the_lower(
    server: GoogleServer, events: Untyped
) -> None:
    server.put({"id": "lunch", "start": NOON, "end": ONE})

    def found(low: str, high: str) -> int:
        day = "2026-11-24T{}:00+01:00"
        bounds = {"timeMin": day.format(low), "timeMax": day.format(high)}
        return len(events.list(**HERE, **bounds).execute()["items"])

    assert found("12:59", "20:00") == 1
    assert found("13:00", "20:00") == 0
    assert found("08:00", "12:01") == 1
    assert found("08:00", "12:00") == 0


def test_what_others_may_not_see_is_hidden(server: GoogleServer, events: Untyped) -> None:
    server.add_account(GUEST)
    server.put(
        {"id": "secret", "summary": "Doctor", "visibility": "private", "start": NOON, "end": ONE},
        GUEST,
    )
    assert refusal(events.list(calendarId=GUEST)) == (404, "notFound")

    server.share(GUEST, server.owner, "reader")
    (seen,) = events.list(calendarId=GUEST).execute()["items"]
    assert "summary" not in seen
    assert seen["visibility"] == "private"
    assert refusal(events.insert(calendarId=GUEST, body=HOLD)) == (403, "requiredAccessLevel")


def test_too_many_or_hidden_guests_are_left_out_and_it_says_so(
    server: GoogleServer, events: Untyped
) -> None:
    crowd = [{"email": f"g{n}@example.org", "responseStatus": "needsAction"} for n in range(5)]
    own = {"email": server.owner, "responseStatus": "accepted"}
    host = {"organizer": {"email": "g0@example.org"}, "start": NOON, "end": ONE}
    server.put({**host, "id": "big", "attendees": [*crowd, own]})
    server.put({**host, "id": "hush", "attendees": [*crowd, own], "guestsCanSeeOtherGuests": False})

    big = events.get(**HERE, eventId="big", maxAttendees=3).execute()
    hush = events.get(**HERE, eventId="hush").execute()
    assert big["attendees"] == hush["attendees"] == [{**own, "self": True}]
    assert [each["attendeesOmitted"] for each in (big, hush)] == [True, True]


def test_busy_times_of_others_come_with_errors_of_their_own(server: GoogleServer) -> None:
    server.add_account(GUEST)
    server.share(GUEST, server.owner, "freeBusyReader")
    server.put({"start": NOON, "end": ONE}, GUEST)
    server.put({"start": NOON, "end": ONE, "transparency": "transparent"}, GUEST)
    day = {"timeMin": "2026-11-24T00:00:00Z", "timeMax": "2026-11-25T00:00:00Z"}

    with signed_in(server) as service:

        def asked(*names: str) -> Untyped:
            items = [{"id": each} for each in names]
            return service.freebusy().query(body={**day, "items": items}).execute()["calendars"]

        some = asked(GUEST, "nobody@example.org")
        crowd = asked(*(f"g{number}@example.org" for number in range(51)))
    assert some[GUEST]["busy"] == [{"start": "2026-11-24T11:00:00Z", "end": "2026-11-24T12:00:00Z"}]
    assert some["nobody@example.org"]["errors"][0]["reason"] == "notFound"
    assert {each["errors"][0]["reason"] for each in crowd.values()} == {"tooManyCalendarsRequested"}


def test_contacts_are_read_on_for_seven_days_after_the_full_reading(server: GoogleServer) -> None:
    known = server.add_contact("Gus Guest", GUEST)
    asked = {"resourceName": "people/me", "personFields": "names"}
    with signed_in(server, api="people") as service:
        people = service.people().connections()
        first = people.list(**asked, requestSyncToken=True).execute()
        server.remove_contact(known)
        server.world.clock.forward(timedelta(minutes=30))
        second = people.list(**asked, syncToken=first["nextSyncToken"]).execute()

    assert second["connections"][0]["metadata"] == {"deleted": True}
    server.world.clock.forward(timedelta(days=7, minutes=-30))
    with signed_in(server, api="people") as service:
        people = service.people().connections()
        late = people.list(**asked, syncToken=second["nextSyncToken"])
        assert refusal(late) == (400, "EXPIRED_SYNC_TOKEN")
        assert refusal(people.list(resourceName="people/me")) == (400, "INVALID_ARGUMENT")
