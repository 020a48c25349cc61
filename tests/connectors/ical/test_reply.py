from __future__ import annotations

from contextlib import suppress
from email.message import EmailMessage

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.ical.reply import NotAReply, Reply, replies
from policies.calendar.event import Response
from tests.connectors.replies import UID, calendar, counter, google, mailbox, mailed, outlook
from tests.make import BERLIN, interval, utc

STAMP_S = int(utc("2026-04-02 09:15").timestamp())


def test_google_answers() -> None:
    assert replies(google(), BERLIN) == (
        Reply(
            uid=UID,
            address="ana.silva@example.com",
            response=Response.ACCEPTED,
            sequence=0,
            stamp_s=STAMP_S,
            comment="See you, Olle",
        ),
    )


def test_outlook_answers_without_organiser_and_sequence() -> None:
    (reply,) = replies(outlook(), BERLIN)

    assert (reply.address, reply.response) == ("ana.silva@example.com", Response.DECLINED)
    assert (reply.sequence, reply.comment) == (None, "")


def test_a_comment_is_read_from_where_google_puts_it() -> None:
    guest = 'ATTENDEE;PARTSTAT=DECLINED;X-RESPONSE-COMMENT="Ill, sorry":mailto:ana@example.com'

    (reply,) = replies(calendar("REPLY", f"UID:{UID}", guest, "COMMENT:"), BERLIN)

    assert reply.comment == "Ill, sorry"


def test_two_copies_in_one_mail_are_one_answer_whatever_their_line_ends() -> None:
    message = EmailMessage()
    message.set_content("Ana has accepted")
    message.add_alternative(google().replace(b"\r\n", b"\n"), "text", "calendar")
    message.add_attachment(google(), "application", "ics", filename="invite.ics")

    assert replies(message.as_bytes(), BERLIN) == replies(google(), BERLIN)


def test_another_time_is_proposed() -> None:
    (reply,) = replies(counter(), BERLIN)

    assert reply.countered
    assert reply.proposed == interval("2026-04-09 12:30", "2026-04-09 13:15")
    assert reply.comment == "Later?"


@pytest.mark.parametrize(
    "lines",
    [
        (),
        ("DTSTART:soon", "DTEND:later"),
        ("DTSTART;VALUE=DATE:20260409", "DTEND;VALUE=DATE:20260410"),
        ("DTSTART;TZID=Nowhere:20260409T100000", "DTEND;TZID=Nowhere:20260409T110000"),
        ("DTSTART:20260409T100000Z", "DTEND:20260409T090000Z"),
        ("DTSTART:99991231T230000Z", "DTEND:99991231T233000Z"),
        ("DTSTART:00010101T000000Z", "DTEND:00010101T003000Z"),
        ("DTSTART;TZID=Europe/Berlin:00010101T000000", "DTEND:20260409T100000Z"),
    ],
)
def test_a_proposed_time_nobody_can_read_is_left_out(lines: tuple[str, ...]) -> None:
    data = calendar("COUNTER", f"UID:{UID}", "ATTENDEE:mailto:ana.silva@example.com", *lines)

    (reply,) = replies(data, BERLIN)

    assert reply.countered
    assert reply.proposed is None


@pytest.mark.parametrize(
    "data",
    [
        mailed(google()),
        mailed(google(), attached=True),
        mailbox(mailed(google())),
        b"\xef\xbb\xbf" + google(),
        google().replace(b"\r\n", b"\n"),
        google().replace(b"METHOD:REPLY", b"method:reply"),
    ],
)
def test_an_answer_is_found_in_whatever_it_was_saved_as(data: bytes) -> None:
    assert replies(data, BERLIN) == replies(google(), BERLIN)


def test_a_mailbox_holds_many() -> None:
    found = replies(
        mailbox(mailed(google()), b"Subject: hi\n\nno answer", mailed(outlook())), BERLIN
    )

    assert [each.response for each in found] == [Response.ACCEPTED, Response.DECLINED]


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"hello",
        b"\xff\xfe\x00",
        calendar("REQUEST", f"UID:{UID}", "ATTENDEE:mailto:ana.silva@example.com"),
        calendar("REPLY", f"UID:{UID}"),
        b"BEGIN:VCALENDAR\r\nMETHOD:REPLY\r\nEND:VCALENDAR\r\n",
        b"BEGIN:VCALENDAR\nMETHOD:REPLY\nBEGIN:VEVENT\nUID:x\nATTENDEE:mailto:a@b.example\n",
        mailed(calendar("PUBLISH", f"UID:{UID}")),
    ],
)
def test_what_holds_no_answer_says_so(data: bytes) -> None:
    with pytest.raises(NotAReply, match="no answer"):
        replies(data, BERLIN)


def test_a_file_too_large_is_not_read() -> None:
    with pytest.raises(NotAReply, match="larger"):
        replies(b"x" * (64 * 1024 * 1024 + 1), BERLIN)


def test_a_calendar_too_large_is_passed_over() -> None:
    with pytest.raises(NotAReply):
        replies(google() + b"X" * 1024 * 1024, BERLIN)


def test_parts_nested_without_end_are_refused_in_time() -> None:
    inner = EmailMessage()
    inner.set_content("x")
    data = inner.as_bytes()
    for level in range(2_000):
        head = f'Content-Type: multipart/mixed; boundary="{level}"\n\n--{level}\n'
        data = head.encode() + data + f"\n--{level}--\n".encode()

    with pytest.raises(NotAReply):
        replies(data, BERLIN)


def test_a_comment_is_one_line_of_bounded_length() -> None:
    data = google().replace(b"See you", b"\\nsee\\n\x1b[2Jyou" + b"o" * 5_000)

    (reply,) = replies(data, BERLIN)

    assert reply.comment.isprintable()
    assert len(reply.comment) <= 1_000


@given(st.binary(max_size=300))
def test_no_bytes_crash_it(noise: bytes) -> None:
    for data in (noise, google()[:200] + noise + google()[200:], b"From x\n" + noise):
        with suppress(NotAReply):
            replies(data, BERLIN)


def test_a_mail_nobody_can_read_does_not_lose_the_others() -> None:
    broken = f'Content-Disposition: attachment; filename*{"9" * 5_000}*="x"\n\nx'.encode()

    assert replies(mailbox(broken, mailed(google())), BERLIN) == replies(google(), BERLIN)
    with pytest.raises(NotAReply, match="ValueError"):
        replies(broken, BERLIN)
