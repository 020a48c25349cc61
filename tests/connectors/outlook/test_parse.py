from __future__ import annotations

import json
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.outlook import own
from connectors.outlook.parse import item
from connectors.outlook.zones import iana, zone_for
from policies.calendar.event import (
    Attendee,
    CalendarItem,
    Event,
    Kind,
    Response,
    Span,
    Status,
    Visibility,
)
from policies.calendar.recurrence import expand
from policies.wall import WallTime, moment
from tests.connectors.contract import SLOT
from tests.make import BERLIN, utc

Json = dict[str, Any]


def at(text: str, zone: str = "UTC") -> Json:
    return {"dateTime": f"{text}:00.0000000", "timeZone": zone}


def wall(text: str) -> WallTime:
    return WallTime(utc(text).replace(tzinfo=None), "UTC")


PLAIN: Json = {
    "@odata.etag": 'W/"one"',
    "id": "one",
    "type": "singleInstance",
    "seriesMasterId": None,
    "iCalUId": "one@outlook",
    "isAllDay": False,
    "isOrganizer": True,
    "start": at("2026-03-02T08:00"),
    "end": at("2026-03-02T08:30"),
}
MASTER = PLAIN | {"type": "seriesMaster", "subject": "Weekly"}


def event(*, is_own: bool = True, **about: object) -> Event:
    """The one event that this is, with all that does not matter already said."""
    parsed = item("one", [PLAIN | about], is_own=is_own)
    assert not parsed.left_out
    assert parsed.item is not None
    (found,) = parsed.item.events
    return found


def reason(**about: object) -> str:
    """Why it is left out."""
    parsed = item("one", [PLAIN | about], is_own=True)
    assert parsed.item is None
    (left_out,) = parsed.left_out
    assert left_out.place == "event one"
    return left_out.reason


def person(address: str, response: str = "none", **about: object) -> Json:
    given = {"emailAddress": {"address": address, "name": "Ana"}, "type": "required"}
    return {**given, "status": {"response": response, "time": "0001-01-01T00:00:00Z"}, **about}


def series(*days: str, whole_days: bool = False, parts: tuple[Json, ...] = ()) -> CalendarItem:
    """A series that takes place on these days, for an hour or all day."""
    length = timedelta(days=1) if whole_days else timedelta(hours=1)
    stubs = [
        {
            "id": f"on-{day}",
            "type": "occurrence",
            "seriesMasterId": "one",
            "start": at(day),
            "end": at(f"{utc(day) + length:%Y-%m-%dT%H:%M}"),
        }
        for day in days
    ]
    parsed = item("one", [MASTER | {"isAllDay": whole_days}, *stubs, *parts], is_own=True)
    assert not parsed.left_out
    assert parsed.item is not None
    return parsed.item


def exception(original: str, start: str, **about: object) -> Json:
    times = {"start": at(start), "end": at(f"{utc(start) + timedelta(hours=1):%Y-%m-%dT%H:%M}")}
    of = {"type": "exception", "seriesMasterId": "one", "originalStart": original}
    return PLAIN | {"id": f"for-{original}", **of, **times, **about}


def starts(found: CalendarItem) -> list[str]:
    window = (int(utc("2026-01-01 00:00").timestamp()), int(utc("2027-01-01 00:00").timestamp()))
    occurrences, problem = expand(found, *window, BERLIN, 100)
    assert problem == ""
    return [f"{moment(each.start_s):%m-%d %H:%M}" for each in occurrences]


def test_times_are_read_to_the_second_from_seven_digits() -> None:
    found = event(start={"dateTime": "2026-03-02T08:00:00.1234567", "timeZone": "UTC"})

    assert (found.start, found.span) == (wall("2026-03-02 08:00"), Span(0, 1800))


def test_times_in_another_zone_than_was_asked_for_are_the_same_moment() -> None:
    zone = "W. Europe Standard Time"

    found = event(start=at("2026-03-02T09:00", zone), end=at("2026-03-02T10:00", zone))

    assert found.start == wall("2026-03-02 08:00")


@pytest.mark.parametrize("zone", ["UTC", "W. Europe Standard Time", "tzone://Microsoft/Custom"])
def test_whole_days_stay_the_days_they_are(zone: str) -> None:
    found = event(
        isAllDay=True,
        start=at("2026-03-29T00:00", zone),
        end=at("2026-03-31T00:00", zone),
        originalStartTimeZone=zone,
    )

    assert (found.start, found.span) == (date(2026, 3, 29), Span(2, 0))


@pytest.mark.parametrize(
    ("about", "why"),
    [
        ({"start": at("4501-01-01T00:00")}, "no time"),
        ({"start": at("0001-01-01T00:00")}, "no time"),
        ({"end": at("2026-03-02T07:00")}, "its end is before its start"),
        ({"start": at("2026-03-02T08:00", "tzone://Microsoft/Custom")}, "mailbox"),
        ({"start": None}, "cannot be read (TypeError)"),
        ({"start": {}}, "cannot be read (KeyError)"),
        ({"start": {"dateTime": "Secret", "timeZone": "UTC"}}, "cannot be read (ValueError)"),
        ({"attendees": ["Secret"]}, "cannot be read (AttributeError)"),
    ],
)
def test_what_cannot_be_read_is_left_out_with_a_reason(about: Json, why: str) -> None:
    found = reason(**about)

    assert why in found
    assert "Secret" not in found


@pytest.mark.parametrize(
    ("shown_as", "busy", "kind", "status"),
    [
        ("free", False, Kind.DEFAULT, Status.CONFIRMED),
        ("tentative", True, Kind.DEFAULT, Status.TENTATIVE),
        ("busy", True, Kind.DEFAULT, Status.CONFIRMED),
        ("oof", True, Kind.OUT_OF_OFFICE, Status.CONFIRMED),
        ("workingElsewhere", False, Kind.WORKING_LOCATION, Status.CONFIRMED),
        ("unknown", True, Kind.DEFAULT, Status.CONFIRMED),
        ("something to come", True, Kind.DEFAULT, Status.CONFIRMED),
    ],
)
def test_how_it_is_shown_says_whether_it_takes_time(
    shown_as: str, busy: bool, kind: Kind, status: Status
) -> None:
    found = event(showAs=shown_as)

    assert (found.busy, found.kind, found.status) == (busy, kind, status)


@pytest.mark.parametrize(
    ("sensitivity", "visibility"),
    [
        ("normal", Visibility.PUBLIC),
        ("personal", Visibility.PRIVATE),
        ("private", Visibility.PRIVATE),
        ("confidential", Visibility.CONFIDENTIAL),
    ],
)
def test_its_sensitivity_is_kept(sensitivity: str, visibility: Visibility) -> None:
    assert event(sensitivity=sensitivity).visibility is visibility


def test_a_meeting_called_off_is_cancelled() -> None:
    assert event(isCancelled=True, showAs="free").status is Status.CANCELLED


def test_an_address_beyond_ascii_has_the_form_that_people_are_listed_by() -> None:
    found = event(attendees=[person("Jo@Bücher.example")])

    assert found.attendees[0].address == "jo@xn--bcher-kva.example"


def test_people_have_their_answers_and_rooms_are_none() -> None:
    found = event(
        organizer={"emailAddress": {"address": "Raj@Example.com", "name": "Raj"}},
        attendees=[
            person("Ana@Example.com", "accepted"),
            person("b@example.com", "tentativelyAccepted"),
            person("c@example.com", "notResponded"),
            person("d@example.com", "declined"),
            person("raj@example.com", "organizer"),
            person("room@example.com", "accepted", type="resource"),
            person("/O=EXCHANGE/CN=NOBODY"),
            {"emailAddress": None, "status": None, "type": None},
        ],
    )

    assert found.organizer == "raj@example.com"
    assert found.attendees == (
        Attendee("ana@example.com", "Ana", Response.ACCEPTED),
        Attendee("b@example.com", "Ana", Response.TENTATIVE),
        Attendee("c@example.com", "Ana", Response.NEEDS_ACTION),
        Attendee("d@example.com", "Ana", Response.DECLINED),
        Attendee("raj@example.com", "Ana", Response.ACCEPTED),
        Attendee("room@example.com", "Ana", Response.ACCEPTED, is_person=False),
        Attendee("/o=exchange/cn=nobody", "Ana"),
    )


@pytest.mark.parametrize(("is_theirs", "organizer"), [(False, "/o=exchange/cn=mei"), (True, "")])
def test_a_meeting_of_whom_exchange_names_by_no_mail_address_is_not_the_owners(
    is_theirs: bool, organizer: str
) -> None:
    mei = {"emailAddress": {"address": "/O=EXCHANGE/CN=MEI"}}

    assert event(organizer=mei, isOrganizer=is_theirs).organizer == organizer


@pytest.mark.parametrize(
    ("response", "answer"),
    [
        ("accepted", Response.ACCEPTED),
        ("tentativelyAccepted", Response.TENTATIVE),
        ("declined", Response.DECLINED),
        ("notResponded", Response.NEEDS_ACTION),
        ("none", None),
        ("organizer", None),
    ],
)
def test_the_owners_own_answer_is_known(response: str, answer: Response | None) -> None:
    status = {"response": response, "time": "4501-01-01T00:00:00Z"}

    assert event(isOrganizer=False, responseStatus=status).own_response is answer
    assert event(is_own=False, isOrganizer=False, responseStatus=status).own_response is None
    assert event(isOrganizer=True, responseStatus=status).own_response is None


def test_guests_that_are_hidden_are_known_to_be_there() -> None:
    assert event(hideAttendees=True, isOrganizer=False).unnamed_guests
    assert not event(hideAttendees=True, isOrganizer=True).unnamed_guests


def test_nothing_needs_a_title_a_place_or_an_organiser() -> None:
    found = event(subject=None, location=None, organizer=None, attendees=None, showAs=None)

    assert (found.summary, found.location, found.organizer) == ("", "", "")


@pytest.mark.parametrize(
    ("text", "expected_s"),
    [
        ("2026-03-02T08:00:00.1234567Z", int(utc("2026-03-02 08:00").timestamp())),
        ("0001-01-01T00:00:00Z", 0),
        (None, 0),
    ],
)
def test_when_it_was_changed_is_known_if_it_says_so(text: str | None, expected_s: int) -> None:
    assert event(lastModifiedDateTime=text).last_modified_s == expected_s


def test_an_event_without_a_uid_goes_by_its_id() -> None:
    assert event(iCalUId=None).uid == "one"


def test_a_series_takes_place_on_the_days_the_service_names() -> None:
    found = series("2026-03-02T08:00", "2026-03-30T07:00", "2026-03-16T08:00")

    assert starts(found) == ["03-02 08:00", "03-16 08:00", "03-30 07:00"]
    assert found.events[0].summary == "Weekly"
    assert found.events[0].uid == "one@outlook"


def test_a_series_of_whole_days_has_days() -> None:
    found = series("2026-03-02T00:00", "2026-03-09T00:00", whole_days=True)

    assert found.events[0].start == date(2026, 3, 2)
    assert starts(found) == ["03-01 23:00", "03-08 23:00"]  # midnight in Berlin


def test_an_exception_has_the_place_of_the_occurrence_it_was() -> None:
    moved = exception("2026-03-09T08:00:00Z", "2026-03-10T12:00", iCalUId="another@outlook")

    found = series("2026-03-02T08:00", parts=(moved,))

    assert found.events[1].recurrence_id == wall("2026-03-09 08:00")
    assert found.events[1].uid == "one@outlook"
    assert starts(found) == ["03-02 08:00", "03-10 12:00"]


@pytest.mark.parametrize(
    ("original", "zone"),
    [
        ("2026-03-08T23:00:00Z", "W. Europe Standard Time"),
        ("2026-03-08T11:00:00Z", "New Zealand Standard Time"),
        ("2026-03-09T05:00:00Z", "Eastern Standard Time"),
        ("2026-03-09T00:00:00Z", "UTC"),
        ("2026-03-08T23:00:00Z", "tzone://Microsoft/Custom"),
        ("2026-03-09T08:00:00Z", ""),
    ],
)
def test_an_exception_of_a_series_of_whole_days_was_on_a_day(original: str, zone: str) -> None:
    moved = exception(
        original,
        "2026-03-11T00:00",
        isAllDay=True,
        end=at("2026-03-12T00:00"),
        originalStartTimeZone=zone,
    )

    found = series("2026-03-02T00:00", whole_days=True, parts=(moved,))

    assert found.events[1].recurrence_id == date(2026, 3, 9)


def test_one_exception_that_cannot_be_read_loses_nothing_else() -> None:
    bad = {**exception("2026-03-09T08:00:00Z", "2026-03-10T12:00"), "start": None}
    stub: Json = {"type": "occurrence", "id": "x", "seriesMasterId": "one"}
    stub |= {"start": at("2026-03-02T08:00"), "end": at("2026-03-02T09:00")}

    parsed = item("one", [MASTER, stub, bad], is_own=True)

    assert parsed.item is not None
    assert len(parsed.item.events) == 1
    assert [each.place for each in parsed.left_out] == ["event for-2026-03-09T08:00:00Z"]


def test_a_series_has_another_version_whenever_one_of_its_days_is_another() -> None:
    some = series("2026-03-02T08:00", "2026-03-09T08:00")

    assert some.etag == series("2026-03-09T08:00", "2026-03-02T08:00").etag
    assert some.etag != series("2026-03-02T08:00").etag


def ours(**about: object) -> Json:
    kept = own.body(SLOT)["singleValueExtendedProperties"]
    mark = {"transactionId": own.transaction(SLOT, 0), "singleValueExtendedProperties": kept}
    return PLAIN | mark | about


def test_our_own_events_are_known_by_uid_and_mark() -> None:
    parsed = item("one", [ours()], is_own=True)

    assert parsed.item is not None
    assert parsed.item.id == SLOT.uid
    assert (parsed.item.events[0].uid, parsed.item.events[0].marker) == (SLOT.uid, SLOT.marker)


@pytest.mark.parametrize(
    "about",
    [
        {"transactionId": None},
        {"transactionId": "fika-of-something-else"},
        {"singleValueExtendedProperties": None},
        {"singleValueExtendedProperties": [{"id": own.UID, "value": SLOT.uid}]},
    ],
)
def test_what_is_not_quite_ours_is_not_ours(about: Json) -> None:
    parsed = item("one", [ours(**about)], is_own=True)

    assert parsed.item is not None
    assert parsed.item.id == "one"
    assert parsed.item.events[0].marker == ""


def test_our_properties_are_known_in_either_case() -> None:
    raw = ours()
    raw["singleValueExtendedProperties"] = [
        {**each, "id": each["id"].upper()} for each in raw["singleValueExtendedProperties"]
    ]

    assert own.own_uid(raw) == SLOT.uid


@pytest.mark.parametrize(
    ("proposed", "expected"),
    [
        (
            {"start": at("2026-03-05T10:00"), "end": at("2026-03-05T10:45")},
            (("ana@example.com", 1772704800, 1772707500),),
        ),
        ({"start": at("2026-03-05T10:00"), "end": at("2026-03-05T10:00")}, ()),
        ({"start": at("0001-01-01T00:00"), "end": at("0001-01-01T00:00")}, ()),
        ({"start": at("0001-01-01T00:00"), "end": at("2026-03-05T10:00")}, ()),
        ({"start": at("9999-12-31T23:00"), "end": at("9999-12-31T23:30")}, ()),
        ({"start": None}, ()),
        (None, ()),
    ],
)
def test_times_that_guests_propose_are_read_of_our_own_events_only(
    proposed: Json | None, expected: tuple[object, ...]
) -> None:
    guest = person("ana@example.com", "tentativelyAccepted", proposedNewTime=proposed)
    mine = item("one", [ours(attendees=[guest])], is_own=True).item

    assert mine is not None
    assert mine.events[0].proposed == expected
    assert event(attendees=[guest]).proposed == ()


_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=4), inner),
    max_leaves=4,
)


@given(st.lists(st.dictionaries(st.sampled_from([*ours()]), _VALUES, max_size=4), max_size=3))
def test_whatever_graph_answers_is_read_or_left_out(changes: list[Json]) -> None:
    parts = [{**MASTER, **each} for each in changes] or [MASTER]

    parsed = item("one", parts, is_own=True)

    for each in parsed.left_out:
        assert each.reason


def test_every_zone_is_written_by_a_name_that_outlook_knows() -> None:
    known = json.loads((Path("tests/servers/graph/zones.json")).read_text())["windows"]

    for zone in ("Europe/Berlin", "Europe/Stockholm", "Asia/Kamchatka", "America/Mexico_City"):
        name, _ = zone_for(zone, utc("2026-06-01 00:00"))
        assert known[name]
        assert iana(name)
    with pytest.raises(ValueError, match="no time zone"):
        zone_for("Mars/Base", utc("2026-06-01 00:00"))
