from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from policies.calendar.event import Attendee, Event, Kind, Response, Span, Status
from policies.slots.places import (
    PresenceRow,
    Whereabouts,
    office_days,
    place_to_go,
    same_place,
    whereabouts,
)
from policies.wall import seconds
from tests.make import BERLIN, attendee, event, utc

MEETING = event()
DAY = Event("day-1", date(2026, 3, 3), Span(1, 0), busy=False)
WORKING = replace(DAY, kind=Kind.WORKING_LOCATION)
ROOM = Attendee("room-4@example.com", response=Response.ACCEPTED, is_person=False)


@pytest.mark.parametrize(
    ("location", "place"),
    [
        ("Storgatan 5,\n111 22 Stockholm", "Storgatan 5, 111 22 Stockholm"),
        ("Kaffebar Strand", "Kaffebar Strand"),
        ("Meeting room Oslo", "Meeting room Oslo"),
        ("Callum's, Call Lane 3", ""),  # better no way than one to a telephone
        ("https://meet.example.com/olle", ""),
        ("Microsoft Teams Meeting", ""),
        ("Zoom", ""),
        ("Google Meet", ""),
        ("+46 8 123 45 67", ""),
        ("Online", ""),
        ("tbd", ""),
        ("   ", ""),
    ],
)
def test_a_link_a_number_and_a_service_are_no_place_to_go_to(location: str, place: str) -> None:
    assert place_to_go(location) == place
    assert whereabouts(replace(MEETING, location=location)) == (
        Whereabouts(place) if place else None
    )


@pytest.mark.parametrize(
    "changed",
    [
        {"busy": False},
        {"status": Status.CANCELLED},
        {"attendees": (attendee("ana@example.com"), ROOM)},
    ],
)
def test_there_is_no_way_to_what_takes_no_time_or_has_a_room_booked(
    changed: dict[str, object],
) -> None:
    there = replace(MEETING, location="Storgatan 5")

    assert whereabouts(there) == Whereabouts("Storgatan 5")
    assert whereabouts(replace(there, **changed)) is None  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("said", "in_office"),
    [
        (replace(WORKING, location="office"), True),
        (replace(WORKING, location="office: Harbour"), True),
        (replace(WORKING, location="home", summary="Office"), False),
        (replace(WORKING, location="The lake"), False),
        (replace(WORKING, summary="Office"), True),
        (replace(WORKING, summary="Home"), False),
        (WORKING, False),
        (replace(event(), kind=Kind.WORKING_LOCATION, location="office"), True),
        (replace(DAY, summary=" In the  OFFICE "), True),
        (replace(DAY, summary="Kontoret"), True),
        (replace(DAY, summary="WFH"), False),
    ],
)
def test_a_working_location_says_whether_the_day_is_spent_in_the_office(
    said: Event, in_office: bool
) -> None:
    assert whereabouts(said) == Whereabouts(in_office=in_office)


@pytest.mark.parametrize(
    "changed",
    [
        {"summary": "Office party"},
        {"summary": "Office", "busy": True},
        {"summary": "Office", "attendees": (attendee("ana@example.com"),)},
        {"summary": "Office", "status": Status.CANCELLED},
        {"summary": ""},
    ],
)
def test_no_other_whole_day_says_where_it_is_spent(changed: dict[str, object]) -> None:
    assert whereabouts(replace(DAY, **changed)) is None  # type: ignore[arg-type]


def test_an_hour_in_the_office_makes_it_an_office_day() -> None:
    def row(start: str, end: str, in_office: bool) -> PresenceRow:
        return PresenceRow(seconds(utc(start)), seconds(utc(end)), in_office)

    rows = [
        row("2026-03-02 23:00", "2026-03-03 23:00", True),  # the third in Berlin, to its midnight
        row("2026-03-04 08:00", "2026-03-04 12:00", True),
        row("2026-03-04 12:00", "2026-03-04 16:00", False),
        row("2026-03-27 23:00", "2026-03-29 22:00", False),  # two days, the second of 23 hours
        row("2026-03-05 09:00", "2026-03-05 09:00", False),
    ]

    assert office_days(rows, BERLIN) == {
        date(2026, 3, 3): True,
        date(2026, 3, 4): True,
        date(2026, 3, 5): False,
        date(2026, 3, 28): False,
        date(2026, 3, 29): False,
    }
    assert office_days(reversed(rows), BERLIN) == office_days(rows, BERLIN)


def test_one_place_may_name_the_other() -> None:
    assert same_place("Berlin", "Rosenstr. 4, 10178 BERLIN")
    assert not same_place("Bern", "Rosenstr. 4, 10178 Berlin")
