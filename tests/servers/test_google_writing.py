"""What the fake of Google writes, whom it tells, and what it refuses to write."""

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

INVITED = {"attendees": [{"email": GUEST}]}
FOCUS = {
    **HOLD,
    "eventType": "focusTime",
    "focusTimeProperties": {"autoDeclineMode": "declineNone"},
}


@pytest.fixture
def server() -> Iterator[GoogleServer]:
    made = GoogleServer(clock=Clock(datetime(2026, 11, 22, 9, tzinfo=UTC)))
    with made.running():
        yield made


@pytest.fixture
def events(server: GoogleServer) -> Iterator[Untyped]:
    with signed_in(server) as service:
        yield service.events()


def told(server: GoogleServer) -> list[tuple[str, str]]:
    return [(each.to, each.kind) for each in server.outbox]


def test_a_guest_is_added_only_to_the_version_last_seen(
    server: GoogleServer, events: Untyped
) -> None:
    made = events.insert(**HERE, body=HOLD, sendUpdates="none").execute()
    invite = events.patch(**HELD, body=INVITED, sendUpdates="all")
    invite.headers["If-Match"] = made["etag"]
    held = invite.execute()

    assert told(server) == [(GUEST, "invited")]
    assert held["organizer"] == {"email": server.owner, "self": True}
    assert refusal(invite) == (412, "conditionNotMet")
    assert told(server) == [(GUEST, "invited")]


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        ({**HOLD, "colour": "red"}, "invalid"),
        ({**HOLD, "summary": 7}, "invalid"),
        ({**HOLD, "transparency": "misty"}, "invalid"),
        ({**HOLD, "htmlLink": "https://example.com"}, "invalid"),
        ({**HOLD, "id": "Fika"}, "invalid"),
        ({**HOLD, "id": "abc"}, "invalid"),
        ({**HOLD, "iCalUID": "a@example.com"}, "invalid"),
        ({**HOLD, "end": NOON}, "timeRangeEmpty"),
        ({**HOLD, "end": {"date": "2026-11-25"}}, "invalid"),
        ({**HOLD, "start": {"dateTime": "2026-11-24T12:00:00"}}, "required"),
        ({"summary": "Coffee", "start": NOON}, "required"),
        (
            {
                "start": {"dateTime": NOON["dateTime"]},
                "end": ONE,
                "recurrence": ["RRULE:FREQ=DAILY"],
            },
            "required",
        ),
        ({**HOLD, "recurrence": ["RRULE:FREQ=DAILY", "DTSTART:20260101T000000Z"]}, "invalid"),
        ({**HOLD, "attendees": [{"displayName": "Gus"}]}, "required"),
        ({**HOLD, "eventType": "fromGmail"}, "invalid"),
        ({**HOLD, "eventType": "focusTime"}, "invalid"),
        ({**HOLD, "focusTimeProperties": {}}, "invalid"),
        ({**FOCUS, "start": {"date": "2026-11-24"}, "end": {"date": "2026-11-25"}}, "invalid"),
        ({**FOCUS, "transparency": "transparent"}, "invalid"),
    ],
)
def test_an_event_google_would_refuse_is_refused(
    events: Untyped, body: Untyped, reason: str
) -> None:
    assert refusal(events.insert(**HERE, body=body)) == (400, reason)


def test_an_id_stays_taken_even_after_the_event_is_gone(events: Untyped) -> None:
    insert = events.insert(**HERE, body=HOLD)
    insert.execute()

    assert refusal(insert) == (409, "duplicate")
    events.delete(**HELD).execute()
    assert refusal(insert) == (409, "duplicate")
    assert refusal(events.delete(**HELD)) == (410, "deleted")
    events.update(**HELD, body={**HOLD, "status": "confirmed"}).execute()
    assert events.get(**HELD).execute()["status"] == "confirmed"


@pytest.mark.parametrize("first_stays", [False, True])
def test_a_weak_service_does_not_notice_a_second_event_of_the_same_id_at_once(
    server: GoogleServer, events: Untyped, first_stays: bool
) -> None:
    server.world.weak_ids, server.world.first_stays = timedelta(seconds=60), first_stays
    insert = events.insert(**HERE, body=HOLD)
    first, second = insert.execute()["etag"], insert.execute()["etag"]

    assert first != second
    assert server.etag("f1ka0") == (first if first_stays else second)
    server.world.clock.forward(timedelta(seconds=60))
    assert refusal(insert) == (409, "duplicate")


@pytest.mark.parametrize(
    ("how", "of_insert", "of_patch", "of_delete"),
    [
        ({"sendUpdates": "none"}, [], [], []),
        ({"sendUpdates": "externalOnly"}, ["invited"], ["updated"], ["cancelled"]),
        ({"sendUpdates": "all"}, ["invited"] * 2, ["updated"] * 2, ["cancelled"] * 2),
        ({}, [], ["updated"] * 2, ["cancelled"] * 2),
    ],
)
def test_who_is_told_depends_on_what_every_write_says(
    server: GoogleServer,
    events: Untyped,
    how: dict[str, str],
    of_insert: list[str],
    of_patch: list[str],
    of_delete: list[str],
) -> None:
    server.world.google_guests.add("gia@example.org")
    body = {**HOLD, "attendees": [{"email": GUEST}, {"email": "gia@example.org"}]}
    events.insert(**HERE, body=body, **how).execute()
    assert [kind for _, kind in told(server)] == of_insert

    events.patch(**HELD, body={"summary": "Tea"}, **how).execute()
    assert [kind for _, kind in told(server)] == of_insert + of_patch
    events.delete(**HELD, **how).execute()
    assert [kind for _, kind in told(server)] == of_insert + of_patch + of_delete


def test_the_list_of_guests_is_replaced_as_a_whole(server: GoogleServer, events: Untyped) -> None:
    events.insert(**HERE, body={**HOLD, **INVITED}, sendUpdates="all").execute()
    others = {"attendees": [{"email": "gia@example.org"}]}
    events.patch(**HELD, body=others, sendUpdates="all").execute()

    assert told(server)[1:] == [("gia@example.org", "invited"), (GUEST, "cancelled")]


def test_a_meeting_that_moves_asks_its_guests_again(server: GoogleServer, events: Untyped) -> None:
    events.insert(**HERE, body={**HOLD, **INVITED}, sendUpdates="all").execute()
    server.answer("f1ka0", GUEST, "accepted")
    later = {"start": ONE, "end": {"dateTime": "2026-11-24T14:00:00+01:00"}}
    moved = events.patch(**HELD, body=later, sendUpdates="all").execute()

    assert told(server) == [(GUEST, "invited"), (GUEST, "updated")]
    assert moved["attendees"][0]["responseStatus"] == "needsAction"
    assert moved["sequence"] == 1


def test_only_the_organizer_changes_a_meeting_and_a_guest_may_answer(
    server: GoogleServer, events: Untyped
) -> None:
    own = {"email": server.owner, "responseStatus": "needsAction"}
    host = {"organizer": {"email": GUEST}, "start": NOON, "end": ONE}
    server.put({**host, "id": "f1ka0", "attendees": [own]})

    assert refusal(events.patch(**HELD, body={"summary": "Tea"})) == (
        403,
        "forbiddenForNonOrganizer",
    )
    answer = {"attendees": [{**own, "responseStatus": "accepted"}]}
    events.patch(**HELD, body=answer, sendUpdates="all").execute()
    assert told(server) == [(GUEST, "replied")]


def test_an_answer_of_the_guest_makes_a_new_version(server: GoogleServer, events: Untyped) -> None:
    made = events.insert(**HERE, body={**HOLD, **INVITED}, sendUpdates="all").execute()
    server.answer("f1ka0", GUEST, "declined", "Could we say Friday?")

    read = events.get(**HELD).execute()
    assert read["attendees"] == [
        {"email": GUEST, "responseStatus": "declined", "comment": "Could we say Friday?"}
    ]
    assert read["etag"] != made["etag"]


def test_a_meeting_room_is_there_a_while_after_it_was_asked_for(events: Untyped) -> None:
    body = {**HOLD, "conferenceData": {"createRequest": {"requestId": "q1"}}}
    without = events.insert(**HERE, body={**body, "id": "f1ka1"}).execute()
    made = events.insert(**HERE, body=body, conferenceDataVersion=1).execute()
    later = events.get(**HELD).execute()

    assert "conferenceData" not in without
    assert made["conferenceData"]["createRequest"]["status"] == {"statusCode": "pending"}
    assert later["conferenceData"]["createRequest"]["status"] == {"statusCode": "success"}
    assert later["hangoutLink"] == later["conferenceData"]["entryPoints"][0]["uri"]


@pytest.mark.parametrize("focus", ["allowed", "refused", "degraded"])
def test_focus_time_is_for_some_accounts_and_never_changes(
    server: GoogleServer, events: Untyped, focus: str
) -> None:
    server.state.accounts[server.owner].focus = focus
    insert = events.insert(**HERE, body=FOCUS)

    if focus == "refused":
        assert refusal(insert) == (400, "invalid")
        return
    assert insert.execute()["eventType"] == ("focusTime" if focus == "allowed" else "default")
    other = {"eventType": "default" if focus == "allowed" else "focusTime"}
    assert refusal(events.patch(**HELD, body=other)) == (400, "invalid")


def test_guests_that_are_added_count_even_where_nobody_is_told(
    server: GoogleServer, events: Untyped
) -> None:
    server.world.invitations_left = 1
    events.insert(**HERE, body={**HOLD, **INVITED}, sendUpdates="none").execute()
    crowd = {"attendees": [{"email": GUEST}, {"email": "gia@example.org"}]}

    assert refusal(events.patch(**HELD, body=crowd)) == (403, "quotaExceeded")
    events.patch(**HELD, body={"summary": "Tea"}).execute()
