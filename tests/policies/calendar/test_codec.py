from __future__ import annotations

import json
from datetime import date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from policies.calendar.codec import decode, encode, glance, names
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
from policies.wall import CustomZone, WallTime
from tests.make import event, item

TEXTS = st.text(st.characters())  # half a pair of surrogates as well
SECONDS = st.integers(-(2**40), 2**40)


@st.composite
def custom_zones(draw: st.DrawFn) -> CustomZone:
    onsets = sorted(draw(st.sets(SECONDS, max_size=5)))
    offsets = draw(st.lists(SECONDS, min_size=len(onsets), max_size=len(onsets)))
    return CustomZone(draw(TEXTS), draw(SECONDS), tuple(onsets), tuple(offsets))


ZONES = st.sampled_from(["UTC", "Europe/Berlin", "America/St_Johns"]) | custom_zones()
WHENS = st.dates() | st.builds(WallTime, st.datetimes(), ZONES)
SPANS = st.builds(Span, SECONDS, SECONDS)
ATTENDEES = st.builds(Attendee, TEXTS, TEXTS, st.sampled_from(Response), st.booleans())
RECURRENCES = st.builds(
    Recurrence,
    st.lists(TEXTS, max_size=3).map(tuple),
    st.lists(st.tuples(WHENS, st.none() | SPANS), max_size=3).map(tuple),
    st.lists(WHENS, max_size=3).map(tuple),
    st.lists(TEXTS, max_size=3).map(tuple),
)
EVENTS = st.builds(
    Event,
    uid=TEXTS,
    start=WHENS,
    span=SPANS,
    summary=TEXTS,
    location=TEXTS,
    recurrence=st.none() | RECURRENCES,
    recurrence_id=st.none() | WHENS,
    this_and_future=st.booleans(),
    status=st.sampled_from(Status),
    busy=st.booleans(),
    kind=st.sampled_from(Kind),
    visibility=st.sampled_from(Visibility),
    organizer=TEXTS,
    attendees=st.lists(ATTENDEES, max_size=3).map(tuple),
    own_response=st.none() | st.sampled_from(Response),
    sequence=st.integers(0, 2**31),
    last_modified_s=SECONDS,
    marker=TEXTS,
    unnamed_guests=st.booleans(),
    comments=st.lists(st.tuples(TEXTS, TEXTS), max_size=2).map(tuple),
    proposed=st.lists(st.tuples(TEXTS, st.integers(), st.integers()), max_size=2).map(tuple),
)
ITEMS = st.builds(CalendarItem, TEXTS, TEXTS, st.lists(EVENTS, max_size=3).map(tuple))


@given(ITEMS)
def test_what_is_written_is_read_back_exactly(original: CalendarItem) -> None:
    assert decode(encode(original)) == original


@given(ITEMS)
def test_it_is_what_the_standard_encoder_writes(original: CalendarItem) -> None:
    text = encode(original)

    assert text == json.dumps(json.loads(text), ensure_ascii=False, separators=(",", ":"))


@given(ITEMS)
def test_a_glance_sees_what_reading_all_of_it_would(original: CalendarItem) -> None:
    text = encode(original)

    for index, each in enumerate(original.events):
        all_day = not isinstance(each.start, WallTime)
        assert glance(text, index) == (each.summary, each.status, all_day)


@given(ITEMS)
def test_the_names_of_an_item_are_told_without_the_rest(original: CalendarItem) -> None:
    assert names(encode(original)) == (original.id, original.etag)


def test_types_survive_the_round_trip() -> None:
    original = item(
        Event(
            uid="event-1",
            start=date(2026, 3, 2),
            span=Span(1, 0),
            status=Status.TENTATIVE,
            kind=Kind.OUT_OF_OFFICE,
            attendees=(Attendee("ana@example.com", "Ana", Response.DECLINED),),
            own_response=Response.ACCEPTED,
        )
    )

    read = decode(encode(original)).events[0]

    assert type(read.start) is date
    assert type(read.span) is Span
    assert read.status is Status.TENTATIVE
    assert read.kind is Kind.OUT_OF_OFFICE
    assert type(read.attendees[0]) is Attendee
    assert read.attendees[0].response is Response.DECLINED
    assert read.own_response is Response.ACCEPTED


def test_what_is_usual_takes_no_room() -> None:
    plain = Event("event-1", WallTime(datetime(2026, 3, 2, 9), "UTC"), Span(0, 1800))  # noqa: DTZ001 - a wall time

    assert json.loads(encode(item(plain))) == [
        "event-1",
        "etag-1",
        [{"t": "2026-03-02T09:00:00 UTC", "l": [0, 1800]}],
    ]


def test_a_zone_used_often_is_written_once() -> None:
    own = CustomZone("Own", 3600, (0, 100), (7200, 3600))
    moved = WallTime(datetime(2026, 3, 2, 9), own)  # noqa: DTZ001 - a wall time
    original = item(Event("event-1", moved, Span(0, 0), recurrence_id=moved))

    text = encode(original)

    assert text.count("Own") == 1
    assert decode(text) == original


@pytest.mark.parametrize(
    "text",
    ["", "null", "[]", "{}", "[1,2]", '["a","b",[{}]]', '["a","b",[{"t":"soon"}]]', '["a","b",3]'],
)
def test_anything_else_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="not an encoded"):
        decode(text)


@pytest.mark.parametrize("text", ["", "3", "[]", '["a","b",[]]', '["a","b",[{}]]'])
def test_a_glance_at_anything_else_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="not an encoded"):
        glance(text, 0)


def test_text_stays_readable_in_the_store() -> None:
    assert "Łódź ☕" in encode(item(Event("Łódź ☕", event().start, Span(0, 0))))
