from __future__ import annotations

import re
from dataclasses import replace
from email import charset, message_from_bytes
from email.message import EmailMessage
from email.policy import SMTP
from typing import Any

import icalendar
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from connectors.smtp.message import compose, subject, when_and_where
from connectors.smtp.recipients import named_guests
from policies.sending.action import ActionKind, Payload
from policies.text import one_line
from tests.make import payload, utc

STAMP = utc("2026-04-01 12:00")


def received(sent: Payload) -> EmailMessage:
    """The mail as a guest's program reads it."""
    return message_from_bytes(compose(sent, STAMP).as_bytes(), policy=SMTP)


def calendars(mail: EmailMessage) -> list[Any]:
    kinds = {"text/calendar", "application/ics"}
    parts: list[Any] = [part for part in mail.walk() if part.get_content_type() in kinds]
    return [icalendar.Calendar.from_ical(part.get_payload(decode=True)) for part in parts]


def test_the_parts_are_those_that_mail_programs_look_for() -> None:
    mail = received(payload())

    assert [part.get_content_type() for part in mail.walk()] == [
        "multipart/mixed",
        "multipart/alternative",
        "text/plain",
        "text/html",
        "text/calendar",
        "application/ics",
    ]
    *_, invitation, attachment = mail.walk()
    assert invitation.get_param("method") == "REQUEST"
    assert invitation.get_content_charset() == "utf-8"
    assert attachment.get_filename() == "invite.ics"
    assert invitation.get_payload(decode=True) == attachment.get_payload(decode=True)


@pytest.mark.parametrize(
    ("kind", "method", "title"),
    [
        (ActionKind.INVITE, "REQUEST", "Coffee?"),
        (ActionKind.RESCHEDULE, "REQUEST", "New time: Coffee?"),
        (ActionKind.CANCEL, "CANCEL", "Cancelled: Coffee?"),
    ],
)
def test_the_method_stands_in_the_part_and_in_the_calendar(
    kind: ActionKind, method: str, title: str
) -> None:
    mail = received(replace(payload(kind), sequence=3))

    assert mail["Subject"] == title == subject(payload(kind))
    assert {part.get_param("method") for part in mail.walk()} - {None} == {method}
    for calendar in calendars(mail):
        (event,) = calendar.walk("VEVENT")
        assert str(calendar["METHOD"]) == method
        assert (str(event["UID"]), event["SEQUENCE"]) == (payload().uid, 3)
        assert event["DTSTART"].dt == utc("2026-04-09 08:00")


def test_the_headers_say_who_and_when() -> None:
    mail = received(payload())

    assert str(mail["From"]) == "Olle Owner <olle@example.com>"
    assert str(mail["To"]) == "Ana Silva <ana.silva@example.com>"
    assert mail["Date"].datetime == STAMP
    assert mail["Message-ID"] == payload().message_id
    assert set(mail.keys()) == {
        "From", "To", "Subject", "Date", "Message-ID", "MIME-Version", "Content-Type",
    }  # fmt: skip


def test_composing_again_gives_the_same_bytes() -> None:
    assert compose(payload(), STAMP).as_bytes() == compose(payload(), STAMP).as_bytes()
    other = compose(replace(payload(), title="Lunch?"), STAMP)
    assert other.as_bytes() != compose(payload(), STAMP).as_bytes()


def test_people_whose_program_shows_no_invitation_read_when_and_where() -> None:
    mail = received(payload())
    plain, rich = (mail.get_body((kind,)) for kind in ("plain", "html"))
    assert plain is not None
    assert rich is not None

    assert "When: Thursday 9 April 2026, 10:00 to 10:45 (Europe/Berlin)" in plain.get_content()
    assert "Where: Café Nord" in plain.get_content()
    assert "Where: Café Nord" in rich.get_content()
    assert plain.get_content().startswith("Hi Ana,")


def test_a_meeting_past_midnight_says_both_days() -> None:
    late = replace(payload(), end="2026-04-09T23:30:00+00:00", location="")

    assert when_and_where(late) == (
        "When: Thursday 9 April 2026, 10:00 to 10 April 01:30 (Europe/Berlin)",
    )


def test_text_is_text_in_html() -> None:
    hostile = replace(payload(), text='<script>alert(1)</script> & "you"\nsecond line')
    rich = received(hostile).get_body(("html",))
    assert rich is not None

    assert "<script>" not in rich.get_content()
    assert "&lt;script&gt;" in rich.get_content()
    assert "<br>" in rich.get_content()


def test_an_address_beyond_ascii_is_sent_as_it_is() -> None:
    sent = compose(replace(payload(), recipient="jörg@example.com"), STAMP).as_bytes()

    assert "To: Ana Silva <jörg@example.com>".encode() in sent
    assert named_guests(sent) == {"jörg@example.com"}


def test_there_is_no_mail_for_a_report() -> None:
    with pytest.raises(ValueError, match="report"):
        compose(payload(ActionKind.REPORT), STAMP)


HOSTILE = [
    'Ana" <eve@example.net>, "Eve',
    "Ana, eve@example.net",
    "Ana <eve@example.net>",
    "=?utf-8?q?Ana=0ABcc:_eve@example.net?=",
    "ATTENDEE:mailto:eve@example.net",
    "Ana;CN=Eve:mailto:eve@example.net",
    "Ana\\nATTENDEE:mailto:eve@example.net",
    "Ana^nATTENDEE:mailto:eve@example.net",
    "(comment) eve@example.net",
    "Ana: eve@example.net;",
    "\u202eevil\u202c \u200b",
    "é" * 300,
    "x" * 1000,
    "漢字 " * 80,
    "👩\u200d👩\u200d👧 " * 30,
    '"',
    "\\",
    "",
]
WORDS = st.one_of(st.sampled_from(HOSTILE), st.text(max_size=120)).map(one_line)


@pytest.mark.parametrize(
    ("title", "written"),
    [
        ("Coffee: Ana and Olle", b"Subject: Coffee: Ana and Olle\r\n"),
        ('Fika ("our" café)', b"Subject: =?utf-8?"),
        ("=?utf-8?q?x?=", b"Subject: =?utf-8?b?"),
    ],
)
def test_a_subject_is_encoded_only_where_it_must_be(title: str, written: bytes) -> None:
    assert written in compose(replace(payload(), title=title), STAMP).as_bytes()


def test_a_library_that_changes_how_headers_are_encoded_changes_none_of_ours() -> None:
    usual = charset.Charset("utf-8")
    charset.add_charset("utf-8", charset.QP, charset.QP, "utf-8")
    try:
        mail = compose(replace(payload(), title="=?utf-8?q?x?="), STAMP).as_bytes()
    finally:
        charset.add_charset("utf-8", usual.header_encoding, usual.body_encoding, "utf-8")
    assert b"Subject: =?utf-8?b?" in mail


@settings(max_examples=60, deadline=None)
@given(name=WORDS, title=WORDS, place=WORDS, owner=WORDS, text=WORDS)
@example(name="Ana", title="=?utf-8?q?x?=", place="", owner="Olle", text="Hi")
@example(name=HOSTILE[0], title=HOSTILE[4], place=HOSTILE[6], owner=HOSTILE[1], text=HOSTILE[4])
def test_no_name_title_place_or_text_reaches_anyone_but_the_approved_guest(
    name: str, title: str, place: str, owner: str, text: str
) -> None:
    sent = replace(
        payload(),
        recipient_name=name.strip(),
        title=title.strip(),
        location=place.strip(),
        sender_name=owner.strip(),
        text=text.strip(),
    )

    data = compose(sent, STAMP).as_bytes()

    assert named_guests(data) == {sent.recipient}
    assert data.isascii()
    assert max(map(len, re.split(rb"\r\n|\n|\r", data))) <= 998
    mail = message_from_bytes(data, policy=SMTP)
    assert [address.addr_spec for address in mail["To"].addresses] == [sent.recipient]
    assert [address.addr_spec for address in mail["From"].addresses] == [sent.sender]
    assert " ".join(str(mail["Subject"]).split()) == " ".join(subject(sent).split())
    assert len(mail.keys()) == len(set(mail.keys())) == 7
    for calendar in calendars(mail):
        (event,) = calendar.walk("VEVENT")
        attendees = event["ATTENDEE"]
        assert not isinstance(attendees, list)
        assert str(attendees).lower() == f"mailto:{sent.recipient}"
        assert str(event["ORGANIZER"]).lower() == f"mailto:{sent.sender}"


@pytest.mark.parametrize(
    "calendar",
    [
        "ATTENDEE:mailto:eve@example.net",
        "attendee;cn=Eve:MAILTO:Eve@example.net",
        "ATTENDEE;CN=\r\n Eve:mailto:eve@exa\r\n mple.net",
        "SUMMARY:x\nATTENDEE:mailto:eve@example.net",
        "SUMMARY:x\rATTENDEE:mailto:eve@example.net",
    ],
)
def test_whoever_a_calendar_names_in_whatever_way_is_found(calendar: str) -> None:
    message = EmailMessage()
    message["To"] = "Ana <ANA@example.com>"
    message["Cc"] = "raj@example.com"
    message.set_content(calendar.encode(), "text", "calendar")

    found = named_guests(message.as_bytes())

    assert found == {"ana@example.com", "raj@example.com", "eve@example.net"}
