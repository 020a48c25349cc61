from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import icalendar
import pytest
import vobject
from hypothesis import given, settings
from hypothesis import strategies as st

from connectors.ical.document import Limits, read
from connectors.ical.write import guests, invitation, own_event, read_own_event
from connectors.port import OwnEvent
from policies.calendar.event import Attendee, Response, Status, Visibility
from policies.interval import Interval
from policies.sending.action import ActionKind, Payload
from policies.wall import absolute, moment
from tests.make import interval, payload, utc

STAMP = utc("2026-03-01 09:00")
BLOCK = OwnEvent(
    uid="fika-2026-W14@host.example.com",
    when=interval("2026-03-30 07:00", "2026-03-30 07:30"),
    zone="Europe/Berlin",
    title="Planning: relationships; a, b",
    text="Who is red:\n- Ana, 72 days\n\n\\ and ☕",
    marker="k3;j2,h1",
    location="Café Ljung",
)
PAYLOAD = Payload(
    kind=ActionKind.INVITE,
    uid="fika-7@host.example.com",
    sequence=0,
    recipient="ana.silva@example.org",
    recipient_name="Ana Silva",
    sender="olle@example.com",
    sender_name="Olle Owner",
    start="2026-03-30T07:00:00+00:00",
    end="2026-03-30T07:45:00+00:00",
    zone="Europe/Berlin",
    title="Coffee?",
    text="Hi Ana,\n\nit has been a while; shall we, on Monday?\n\nOlle",
    location="Café Ljung",
    calendar="work",
    channel="smtp",
)

GUEST = (
    'ATTENDEE;CN="Ana Silva";CUTYPE=INDIVIDUAL;PARTSTAT=NEEDS-ACTION;ROLE=REQ-PARTICIPANT'
    ";RSVP=TRUE:mailto:ana.silva@example.org"
)

ANY_TEXT = st.text(max_size=80)
ZONES = st.sampled_from(["Europe/Berlin", "America/New_York", "Africa/Casablanca", "UTC"])
INTERVALS = st.builds(
    lambda start, minutes: Interval(start, start + timedelta(minutes=minutes)),
    st.datetimes(datetime(2020, 1, 1), datetime(2035, 1, 1), timezones=st.just(UTC)).map(  # noqa: DTZ001
        lambda each: each.replace(microsecond=0)
    ),
    st.integers(1, 600),
)


def invited(payload: Payload = PAYLOAD) -> str:
    return invitation(payload, stamp=STAMP).decode()


def lines(data: str) -> list[str]:
    return data.replace("\r\n ", "").split("\r\n")


# ------------------------------------------------------------------ blocks


def test_a_block_is_read_back_as_it_was_written() -> None:
    assert read_own_event(own_event(BLOCK)) == BLOCK


@pytest.mark.parametrize(
    "block",
    [
        replace(BLOCK, zone="UTC"),
        replace(BLOCK, zone="America/St_Johns"),
        replace(BLOCK, location="", text=""),
        replace(BLOCK, busy=False, private=False),
    ],
)
def test_every_sort_of_block_is_read_back(block: OwnEvent) -> None:
    assert read_own_event(own_event(block)) == block


def test_a_block_says_what_other_programs_need() -> None:
    said = lines(own_event(BLOCK).decode())

    assert {
        "CLASS:PRIVATE",
        "TRANSP:OPAQUE",
        "STATUS:CONFIRMED",
        "CATEGORIES:Fika",
        "X-MICROSOFT-CDO-BUSYSTATUS:BUSY",
        "DTSTART;TZID=Europe/Berlin:20260330T090000",
        "DTEND;TZID=Europe/Berlin:20260330T093000",
    } <= set(said)
    assert not [line for line in said if line.startswith(("ATTENDEE", "ORGANIZER"))]


def test_a_block_is_always_the_same_bytes() -> None:
    assert own_event(BLOCK) == own_event(BLOCK)


def test_the_reader_sees_a_block_as_busy_private_and_marked() -> None:
    result = read(own_event(BLOCK), {}, zone="UTC", limits=Limits())

    event = result.items[0].events[0]
    assert (event.busy, event.visibility, event.marker) == (True, Visibility.PRIVATE, BLOCK.marker)
    assert moment(absolute(event.start, "UTC")) == BLOCK.when.start
    assert result.newest_s < absolute(event.start, "UTC") - 20 * 365 * 86_400


@settings(max_examples=200, deadline=None)
@given(ANY_TEXT, ANY_TEXT, ANY_TEXT, ZONES, INTERVALS, st.booleans(), st.booleans())
def test_no_text_can_add_anything_to_a_block(
    title: str, text: str, location: str, zone: str, when: Interval, busy: bool, private: bool
) -> None:
    block = OwnEvent("fika-1", when, zone, title, text, "mark", location, busy, private)

    data = own_event(block)
    again = read_own_event(data)

    assert again is not None
    assert replace(again, title=title, text=text, location=location) == block
    assert own_event(again) == data
    assert guests(data) == frozenset()
    assert _names(data) <= {
        *("UID", "DTSTAMP", "DTSTART", "DTEND", "SUMMARY", "DESCRIPTION", "LOCATION", "CLASS"),
        *("STATUS", "TRANSP", "CATEGORIES", "X-FIKA", "X-MICROSOFT-CDO-BUSYSTATUS"),
    }


def _names(data: bytes) -> set[str]:
    """The properties of the one event, as another parser counts them."""
    (event,) = icalendar.Calendar.from_ical(data).walk("VEVENT")
    return set(event)


def test_an_unknown_zone_is_refused() -> None:
    for zone in ("Nowhere/Land", "", "Europe"):
        with pytest.raises(ValueError, match="no time zone"):
            own_event(replace(BLOCK, zone=zone))


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b"X-FIKA:", b"X-OTHER:"),
        (b"DTSTART;TZID=Europe/Berlin:20260330T090000", b"DTSTART:soon"),
        (b"20260330T093000", b"20260330T090000"),
        (b"BEGIN:VEVENT", b"BEGIN:VTODO"),
        (b"END:VEVENT\r\nEND:VCALENDAR\r\n", b""),
    ],
)
def test_what_is_not_readable_as_ours_is_none(old: bytes, new: bytes) -> None:
    data = own_event(BLOCK)

    assert old in data
    assert read_own_event(data.replace(old, new)) is None


def test_a_block_that_has_become_a_whole_day_is_none() -> None:
    data = re.sub(rb";TZID=Europe/Berlin:20260330T\d{6}", b";VALUE=DATE:20260330", own_event(BLOCK))

    assert data.count(b"VALUE=DATE") == 2
    assert read_own_event(data) is None


@pytest.mark.parametrize("data", [b"", b"\xff\xfe", b"no calendar", b"BEGIN:VEVENT\nX-FIKA:1"])
def test_garbage_is_none_of_ours(data: bytes) -> None:
    assert read_own_event(data) is None


def test_a_block_rewritten_by_another_program_is_still_ours() -> None:
    other = (
        "BEGIN:VCALENDAR\nVERSION:2.0\nBEGIN:VTIMEZONE\nTZID:Berlin\nBEGIN:STANDARD\n"
        "DTSTART:19700101T000000\nTZOFFSETFROM:+0200\nTZOFFSETTO:+0200\nEND:STANDARD\n"
        "END:VTIMEZONE\nBEGIN:VEVENT\nX-FIKA:mark\nUID:fika-1\nDTSTART;TZID=Berlin:20260330T090000\n"
        "DURATION:PT45M\nSUMMARY:Planning\nDESCRIPTION:Two\\nlines\nBEGIN:VALARM\nACTION:DISPLAY\n"
        "DESCRIPTION:Alarm\nTRIGGER:-PT5M\nEND:VALARM\nEND:VEVENT\nEND:VCALENDAR\n"
    )

    block = read_own_event(other.encode())

    assert block == OwnEvent(
        uid="fika-1",
        when=interval("2026-03-30 07:00", "2026-03-30 07:45"),
        zone="UTC",
        title="Planning",
        text="Two\nlines",
        marker="mark",
        private=False,
    )


def test_guests_that_another_program_invited_are_told() -> None:
    data = own_event(BLOCK).replace(
        b"UID:",
        b"ATTENDEE;CN=Eve:mailto:eve@example.net\r\nORGANIZER:mailto:me@example.com\r\nUID:",
    )

    assert guests(data) == {"eve@example.net", "me@example.com"}


# ------------------------------------------------------------------ invitations


def test_an_invitation_says_all_that_receivers_need() -> None:
    said = lines(invited())

    assert said[:6] == [
        "BEGIN:VCALENDAR",
        "VERSION:2.0",
        "PRODID:-//Fika//Fika//EN",
        "CALSCALE:GREGORIAN",
        "METHOD:REQUEST",
        "BEGIN:VTIMEZONE",
    ]
    assert {
        "UID:fika-7@host.example.com",
        "SEQUENCE:0",
        "DTSTAMP:20260301T090000Z",
        "DTSTART;TZID=Europe/Berlin:20260330T090000",
        "DTEND;TZID=Europe/Berlin:20260330T094500",
        "SUMMARY:Coffee?",
        "LOCATION:Café Ljung",
        "STATUS:CONFIRMED",
        "TRANSP:OPAQUE",
        'ORGANIZER;CN="Olle Owner":mailto:olle@example.com',
        GUEST,
    } <= set(said)
    assert said.count("BEGIN:VEVENT") == 1


def test_a_cancellation_names_the_same_event_under_a_later_sequence() -> None:
    said = lines(invited(replace(PAYLOAD, kind=ActionKind.CANCEL, sequence=2)))

    assert {
        "METHOD:CANCEL",
        "STATUS:CANCELLED",
        "UID:fika-7@host.example.com",
        "SEQUENCE:2",
    } <= set(said)
    assert not [line for line in said if "RSVP" in line]


def test_a_move_is_a_request_under_a_later_sequence() -> None:
    said = lines(invited(replace(PAYLOAD, kind=ActionKind.RESCHEDULE, sequence=1)))

    assert {"METHOD:REQUEST", "SEQUENCE:1", "STATUS:CONFIRMED"} <= set(said)


def test_a_report_is_no_invitation() -> None:
    with pytest.raises(ValueError, match="report"):
        invited(payload(ActionKind.REPORT))


def test_lines_end_as_they_must_and_none_is_too_long() -> None:
    data = invitation(replace(PAYLOAD, text="Ünïcödé ☕ " * 60), stamp=STAMP)

    assert data.endswith(b"END:VCALENDAR\r\n")
    assert not re.search(rb"[^\r]\n|\r[^\n]", data)
    assert all(len(line) <= 75 for line in data.split(b"\r\n"))
    assert all(line.decode() is not None for line in data.split(b"\r\n"))


def test_zones_are_defined_by_yearly_rules_and_no_list_of_dates() -> None:
    said = lines(invited())

    assert "RRULE:FREQ=YEARLY;BYDAY=-1SU;BYMONTH=3" in said
    assert "RRULE:FREQ=YEARLY;BYDAY=-1SU;BYMONTH=10" in said
    assert not [line for line in said if line.startswith("RDATE")]


@pytest.mark.parametrize(
    ("zone", "observances"),
    [("Asia/Tokyo", 1), ("Europe/Berlin", 2), ("America/Santiago", 2), ("Africa/Casablanca", 7)],
)
def test_a_zone_has_as_many_observances_as_it_needs(zone: str, observances: int) -> None:
    said = lines(invited(replace(PAYLOAD, zone=zone)))

    assert sum(line in {"BEGIN:STANDARD", "BEGIN:DAYLIGHT"} for line in said) == observances


def test_an_invitation_in_utc_defines_no_zone() -> None:
    said = lines(invited(replace(PAYLOAD, zone="UTC")))

    assert "DTSTART:20260330T070000Z" in said
    assert "BEGIN:VTIMEZONE" not in said


@pytest.mark.parametrize(
    "zone", ["Europe/Berlin", "America/Santiago", "Asia/Tokyo", "Africa/Casablanca", "UTC"]
)
def test_other_parsers_read_the_same_moment(zone: str) -> None:
    data = invited(replace(PAYLOAD, zone=zone))
    own = "Own " + zone.replace("/", " ")  # both libraries remember zones by name
    unknown = data.replace(f"TZID={zone}", f"TZID={own}").replace(f"TZID:{zone}", f"TZID:{own}")

    for text in (data, unknown):
        (event,) = read(text.encode(), {}, zone="UTC", limits=Limits()).items[0].events
        assert moment(absolute(event.start, "UTC")) == PAYLOAD.when.start
        other = vobject.readOne(text).vevent
        assert other.dtstart.value.astimezone(UTC) == PAYLOAD.when.start
        (third,) = icalendar.Calendar.from_ical(text).events
        assert third.start.astimezone(UTC) == PAYLOAD.when.start  # type: ignore[attr-defined]
        assert third.end.astimezone(UTC) == PAYLOAD.when.end  # type: ignore[attr-defined]


def test_our_own_reader_sees_who_is_invited_by_whom() -> None:
    (event,) = read(invited().encode(), {}, zone="UTC", limits=Limits()).items[0].events

    assert event.organizer == PAYLOAD.sender
    assert event.attendees == (Attendee(PAYLOAD.recipient, "Ana Silva", Response.NEEDS_ACTION),)
    assert event.status is Status.CONFIRMED


NAMES = st.text(max_size=60).filter(
    lambda text: not re.search(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]", text)
)
TEXTS = NAMES | st.lists(NAMES, max_size=3).map("\n".join)


@settings(max_examples=200, deadline=None)
@given(NAMES, NAMES, NAMES, TEXTS, NAMES)
def test_no_name_or_text_can_invite_anyone_else(
    recipient_name: str, sender_name: str, title: str, text: str, location: str
) -> None:
    try:
        payload = replace(
            PAYLOAD,
            recipient_name=recipient_name,
            sender_name=sender_name,
            title=title,
            text=text,
            location=location,
        )
    except ValueError:
        return  # what breaks a line is no payload at all
    data = invitation(payload, stamp=STAMP)

    assert guests(data) == {PAYLOAD.recipient, PAYLOAD.sender}
    assert _names(data) <= {
        *("UID", "DTSTAMP", "DTSTART", "DTEND", "SUMMARY", "DESCRIPTION", "LOCATION", "SEQUENCE"),
        *("STATUS", "TRANSP", "ORGANIZER", "ATTENDEE"),
    }


@pytest.mark.parametrize(
    "address",
    ["ana@example.org?cc=eve@example.net", "ana%2Ceve@example.org", "mailto:ana@example.org"],
)
def test_an_address_that_says_more_than_it_seems_is_refused(address: str) -> None:
    with pytest.raises(ValueError, match="recipient"):
        invitation(replace(PAYLOAD, recipient=address), stamp=STAMP)


@pytest.mark.parametrize(
    "address", ["o'brien+news@example.org", "ANA@Example.ORG", "ä@example.org"]
)
def test_unusual_addresses_are_invited_as_they_are(address: str) -> None:
    data = invitation(replace(PAYLOAD, recipient=address), stamp=STAMP)

    assert guests(data) == {address.lower(), PAYLOAD.sender}


def test_the_stamp_is_written_in_utc() -> None:
    stamp = datetime(2026, 3, 1, 10, 0, 0, 999, tzinfo=ZoneInfo("Europe/Berlin"))

    assert b"DTSTAMP:20260301T090000Z\r\n" in invitation(PAYLOAD, stamp=stamp)
