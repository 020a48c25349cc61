from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.google import own
from connectors.google.parse import Place, item
from policies.audit.evidence import Reason, Strength, judge
from policies.calendar.event import (
    Attendee,
    CalendarItem,
    Event,
    Kind,
    Recurrence,
    Response,
    Span,
    Status,
    Visibility,
)
from policies.calendar.recurrence import expand
from policies.rules import EvidenceRules
from policies.slots.occupancy import Occupies, occupies
from policies.wall import WallTime, moment
from tests.make import BERLIN, wall

Json = dict[str, Any]

OURS, THEIRS = Place(BERLIN, is_own=True), Place(BERLIN, is_own=False)
START = {"dateTime": "2026-03-02T09:00:00+01:00", "timeZone": BERLIN}
END = {"dateTime": "2026-03-02T09:30:00+01:00", "timeZone": BERLIN}
PLAIN: Json = {
    "id": "one",
    "etag": '"1"',
    "status": "confirmed",
    "iCalUID": "one@google.com",
    "start": START,
    "end": END,
}


def event(place: Place = OURS, /, **about: object) -> Event:
    """The one event that this is, with all that does not matter already said."""
    parsed = item("one", [PLAIN | about], place)
    assert not parsed.left_out
    assert parsed.item is not None
    (found,) = parsed.item.events
    return found


def reason(**about: object) -> str:
    """Why it is left out."""
    parsed = item("one", [PLAIN | about], OURS)
    assert parsed.item is None
    (left_out,) = parsed.left_out
    assert left_out.place == "event one"
    return left_out.reason


def test_an_address_beyond_ascii_has_the_form_that_people_are_listed_by() -> None:
    jo = {"email": "Jo@Bücher.example"}
    found = event(organizer=jo, attendees=[jo])

    assert (found.organizer, found.attendees[0].address) == ("jo@xn--bcher-kva.example",) * 2


def test_an_event_says_when_what_and_who() -> None:
    found = event(
        summary="Coffee",
        location="Café Nord",
        updated="2026-03-01T08:00:00.000Z",
        sequence=2,
        organizer={"email": "Ana@Example.com"},
        attendees=[
            {"email": "Ana@Example.com", "displayName": "Ana", "responseStatus": "accepted"},
            {"email": "olle@example.com", "self": True, "responseStatus": "tentative"},
            {"email": "room@resource.calendar.google.com", "resource": True},
            {"email": "raj@example.com", "responseStatus": "declined"},
        ],
    )

    assert (found.uid, found.start, found.span) == (
        "one@google.com",
        wall("2026-03-02 09:00"),
        Span(0, 1800),
    )
    assert (found.summary, found.location, found.sequence) == ("Coffee", "Café Nord", 2)
    assert f"{moment(found.last_modified_s):%Y-%m-%d %H:%M}" == "2026-03-01 08:00"
    assert found.organizer == "ana@example.com"
    assert found.attendees == (
        Attendee("ana@example.com", "Ana", Response.ACCEPTED),
        Attendee("olle@example.com", "", Response.TENTATIVE),
        Attendee("room@resource.calendar.google.com", "", is_person=False),
        Attendee("raj@example.com", "", Response.DECLINED),
    )
    assert found.own_response is Response.TENTATIVE
    assert not found.unnamed_guests


def test_what_others_do_in_a_calendar_they_share_is_no_contact_of_the_owners() -> None:
    team = {"email": "team@group.calendar.google.com", "self": True}
    about = {"organizer": team, "attendees": [{"email": "ana@example.com"}]}
    owner, rules = frozenset({"olle@example.com"}), EvidenceRules()

    (ours,) = judge(event(OURS, **about), owner, rules)
    (theirs,) = judge(event(THEIRS, **about), owner, rules)

    assert (ours.address, ours.strength) == ("ana@example.com", Strength.CONTACT)
    assert (theirs.address, theirs.reason) == ("ana@example.com", Reason.NOT_INVITED)


def test_in_a_colleagues_calendar_the_answer_is_the_colleagues() -> None:
    attendees = [{"email": "ana@example.com", "self": True, "responseStatus": "declined"}]

    assert event(THEIRS, attendees=attendees).own_response is None
    assert event(OURS, attendees=attendees).own_response is Response.DECLINED


@pytest.mark.parametrize(
    ("start", "end", "expected", "span"),
    [
        ({"date": "2026-03-02"}, {"date": "2026-03-04"}, date(2026, 3, 2), Span(2, 0)),
        ({"date": "2026-03-02"}, {"date": "2026-03-02"}, date(2026, 3, 2), Span(1, 0)),
        ({"date": "2026-03-02"}, {"date": "2026-03-01"}, date(2026, 3, 2), Span(1, 0)),
        ({"date": "2026-03-02"}, None, date(2026, 3, 2), Span(1, 0)),
        (
            {"dateTime": "2026-03-02T08:00:00Z"},
            {"dateTime": "2026-03-02T09:00:00Z"},
            wall("2026-03-02 09:00"),
            Span(0, 3600),
        ),
        (
            {"dateTime": "2026-03-02T09:00:00+01:00", "timeZone": "America/New_York"},
            {"dateTime": "2026-03-02T10:00:00+01:00", "timeZone": "Europe/London"},
            wall("2026-03-02 03:00", "America/New_York"),
            Span(0, 3600),
        ),
        (
            {"dateTime": "2026-03-02T09:00:00", "timeZone": "Europe/London"},
            {"dateTime": "2026-03-02T09:00:00", "timeZone": "Europe/London"},
            wall("2026-03-02 09:00", "Europe/London"),
            Span(0, 0),
        ),
        (
            {"dateTime": "2026-03-02T09:00:00+01:00", "timeZone": "Mars/Olympus"},
            {"dateTime": "2026-03-02T10:00:00+01:00", "timeZone": "Mars/Olympus"},
            wall("2026-03-02 08:00", "UTC"),
            Span(0, 3600),
        ),
        (
            {"dateTime": "2026-03-29T01:30:00+01:00", "timeZone": BERLIN},
            {"dateTime": "2026-03-29T03:30:00+02:00", "timeZone": BERLIN},
            wall("2026-03-29 01:30"),
            Span(0, 3600),
        ),
    ],
)
def test_times_are_days_or_moments_on_a_wall(
    start: Json, end: Json | None, expected: date | WallTime, span: Span
) -> None:
    found = event(start=start, end=end)

    assert (found.start, found.span) == (expected, span)


@pytest.mark.parametrize(
    ("stated", "kind", "takes"),
    [
        ("default", Kind.DEFAULT, Occupies.BUSY),
        ("focusTime", Kind.FOCUS, Occupies.BUSY),
        ("outOfOffice", Kind.OUT_OF_OFFICE, Occupies.BUSY),
        ("workingLocation", Kind.WORKING_LOCATION, Occupies.FREE),
        ("birthday", Kind.BIRTHDAY, Occupies.FREE),
        ("fromGmail", Kind.DEFAULT, Occupies.BUSY),
        ("somethingNew", Kind.DEFAULT, Occupies.BUSY),
    ],
)
def test_each_type_of_event_takes_time_as_it_should(
    stated: str, kind: Kind, takes: Occupies
) -> None:
    found = event(eventType=stated)

    assert found.kind is kind
    assert occupies(found, frozenset({"olle@example.com"})) is takes


@pytest.mark.parametrize(
    ("stated", "place"),
    [
        ({"type": "homeOffice", "homeOffice": {}}, "home"),
        ({"type": "officeLocation", "officeLocation": {"label": "Harbour"}}, "office: Harbour"),
        ({"type": "officeLocation", "officeLocation": {}}, "office"),
        ({"type": "officeLocation", "officeLocation": None}, "office"),
        ({"type": "customLocation", "customLocation": {"label": "The lake"}}, "The lake"),
        ({"type": "customLocation", "customLocation": {}}, ""),
    ],
)
def test_a_working_location_says_where(stated: Json, place: str) -> None:
    found = event(eventType="workingLocation", workingLocationProperties=stated)

    assert found.location == place


@pytest.mark.parametrize(
    ("about", "field", "value"),
    [
        ({"transparency": "transparent"}, "busy", False),
        ({"transparency": "opaque"}, "busy", True),
        ({"visibility": "private"}, "visibility", Visibility.PRIVATE),
        ({"visibility": "confidential"}, "visibility", Visibility.CONFIDENTIAL),
        ({"visibility": "default"}, "visibility", Visibility.PUBLIC),
        ({"status": "tentative"}, "status", Status.TENTATIVE),
        ({"status": "unheard-of"}, "status", Status.CONFIRMED),
        ({"organizer": {"email": "x@group.calendar.google.com", "self": True}}, "organizer", ""),
        ({"organizer": {"email": "unknownorganizer@calendar.google.com"}}, "organizer", ""),
        ({"sequence": 10**12}, "sequence", 10**9),
        ({"updated": "never"}, "last_modified_s", 0),
        ({"summary": None}, "summary", ""),
    ],
)
def test_what_an_event_says_of_itself(about: Json, field: str, value: object) -> None:
    assert getattr(event(**about), field) == value


@pytest.mark.parametrize(
    "about",
    [
        {"attendeesOmitted": True},
        {"guestsCanSeeOtherGuests": False, "organizer": {"email": "ana@example.com"}},
        {"attendees": [{"email": "ana@example.com", "additionalGuests": 2}]},
        {"attendees": [{"displayName": "Somebody"}]},
    ],
)
def test_guests_that_are_not_named_are_known_to_be_there(about: Json) -> None:
    assert event(**about).unnamed_guests


def test_what_guests_write_is_kept_of_our_own_events_only() -> None:
    ours = {
        "id": own.event_id("meeting-1", 0),
        "extendedProperties": {"private": own.properties("meeting-1", "mark", 0)},
    }
    said = {"attendees": [{"email": "ana@example.com", "comment": "At eleven?\nOr later"}]}

    assert event(**said).comments == ()
    found = event(**ours, **said)
    assert found.comments == (("ana@example.com", "At eleven? Or later"),)
    assert (found.uid, found.marker) == ("meeting-1", "mark")


def test_the_owners_own_event_hides_nobody_from_them() -> None:
    hidden = {"guestsCanSeeOtherGuests": False, "organizer": {"email": "o@x.example", "self": True}}

    assert not event(**hidden).unnamed_guests


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        (["RRULE:FREQ=WEEKLY;COUNT=2"], Recurrence(("FREQ=WEEKLY;COUNT=2",))),
        (
            ["RRULE:FREQ=DAILY", f"EXDATE;TZID={BERLIN}:20260303T090000"],
            Recurrence(("FREQ=DAILY",), excluded=(wall("2026-03-03 09:00"),)),
        ),
        (
            ["EXDATE;VALUE=DATE:20260303", "RRULE:FREQ=DAILY"],
            Recurrence(("FREQ=DAILY",), excluded=(date(2026, 3, 3),)),
        ),
        (
            ["RDATE:20260303T080000Z"],
            Recurrence((), extra=((wall("2026-03-03 08:00", "UTC"), None),)),
        ),
        (
            ["DATE;VALUE=DATE-TIME:20260303T090000"],
            Recurrence((), extra=((wall("2026-03-03 09:00"), None),)),
        ),
        ([], None),
    ],
)
def test_recurrence_lines_as_they_are_found_in_calendars(
    lines: list[str], expected: Recurrence | None
) -> None:
    assert event(recurrence=lines).recurrence == expected


@pytest.mark.parametrize(
    ("about", "words"),
    [
        ({"recurrence": ["FREQ=WEEKLY"]}, "recurrence line in no form"),
        ({"recurrence": ["X-SOMETHING:1"]}, "recurrence line in no form"),
        ({"recurrence": ["RRULE:FREQ=WEEKLY\r\nATTENDEE:x"]}, "control character"),
        ({"recurrence": ["RRULE:WEEKLY"]}, "recurrence rule in no form"),
        ({"recurrence": ["EXDATE:soon", "RRULE:FREQ=DAILY"]}, "in no form we know"),
        (
            {
                "recurrence": ["RRULE:FREQ=DAILY"],
                "start": {**START, "timeZone": "Mars/Olympus"},
            },
            "unknown time zone",
        ),
        ({"recurringEventId": "series"}, "does not say which of its series"),
        ({"start": END, "end": START}, "its end is before its start"),
        ({"start": {"dateTime": "yesterday"}}, "it cannot be read (ValueError)"),
        ({"start": {}}, "it cannot be read (KeyError)"),
        ({"start": None}, "it cannot be read (AttributeError)"),
        ({"attendees": 5}, "it cannot be read (TypeError)"),
    ],
)
def test_what_cannot_be_used_is_left_out_with_its_reason(about: Json, words: str) -> None:
    assert words in reason(**about)


def test_one_broken_instance_loses_neither_its_series_nor_the_others() -> None:
    series = PLAIN | {"recurrence": ["RRULE:FREQ=WEEKLY;COUNT=3"]}
    broken = _instance("two", "2026-03-09T09:00:00+01:00", start={})
    moved = _instance("three", "2026-03-16T09:00:00+01:00", summary="Moved")

    parsed = item("one", [moved, broken, series], OURS)

    assert [each.place for each in parsed.left_out] == ["event two"]
    assert parsed.item is not None
    assert [each.summary for each in parsed.item.events] == ["", "Moved"]


def test_a_stub_of_a_cancelled_instance_takes_its_place_in_the_series() -> None:
    series = PLAIN | {"recurrence": ["RRULE:FREQ=WEEKLY;COUNT=3"]}
    stub = {
        "id": "one_20260309T080000Z",
        "status": "cancelled",
        "recurringEventId": "one",
        "originalStartTime": {"dateTime": "2026-03-09T09:00:00+01:00"},
    }

    parsed = item("one", [series, stub], OURS)

    assert parsed.item is not None
    cancelled = [
        f"{moment(each.start_s):%m-%d %H:%M}"
        for each in _expanded(parsed.item)
        if each.event.status is Status.CANCELLED
    ]
    assert cancelled == ["03-09 08:00"]
    assert {each.uid for each in parsed.item.events} == {"one@google.com"}


def test_the_version_of_a_series_changes_with_any_part_of_it() -> None:
    series = PLAIN | {"recurrence": ["RRULE:FREQ=WEEKLY;COUNT=3"]}
    part = _instance("two", "2026-03-09T09:00:00+01:00", etag='"2"')

    versions = {
        parsed.item.etag
        for parts in ([series], [series, part], [series, part | {"etag": '"3"'}])
        if (parsed := item("one", parts, OURS)).item
    }

    assert len(versions) == 3


_ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=12),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner),
    max_leaves=8,
)
_NAMES = (*PLAIN, "recurrence", "originalStartTime", "attendees", "organizer", "sequence")
_FIELDS = st.sampled_from((*_NAMES, "extendedProperties", "eventType", "updated", "summary"))


@given(st.dictionaries(_FIELDS, _ANYTHING, max_size=4))
def test_whatever_an_event_says_it_is_read_or_left_out(about: Json) -> None:
    parsed = item("one", [PLAIN | about, PLAIN], OURS)

    assert parsed.item is not None
    assert len(parsed.item.events) + len(parsed.left_out) == 2


def _instance(name: str, original: str, **about: object) -> Json:
    moment_of_it = {"dateTime": original, "timeZone": BERLIN}
    plain = {"id": name, "recurringEventId": "one", "originalStartTime": moment_of_it}
    return PLAIN | {"start": moment_of_it, "end": moment_of_it} | plain | about


def _expanded(found: CalendarItem) -> list[Any]:
    return list(expand(found, 0, 4 * 10**9, BERLIN, 100).occurrences)
