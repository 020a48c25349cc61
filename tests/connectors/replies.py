"""Answers to an invitation as the common programs send them, with invented people."""

from __future__ import annotations

from email.message import EmailMessage

UID = "0123456789abcdef0123456789abcdef"


def calendar(method: str, *lines: str) -> bytes:
    body = "\r\n".join(("BEGIN:VEVENT", *lines, "END:VEVENT"))
    head = f"BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//Test//EN\r\nMETHOD:{method}"
    return f"{head}\r\n{body}\r\nEND:VCALENDAR\r\n".encode()


def google(answer: str = "ACCEPTED", uid: str = UID, guest: str = "ana.silva@example.com") -> bytes:
    """As Google Calendar answers: with the organiser, the sequence and a comment."""
    return calendar(
        "REPLY",
        "DTSTART:20260409T080000Z",
        "DTEND:20260409T084500Z",
        "DTSTAMP:20260402T091500Z",
        "ORGANIZER;CN=Olle Owner:mailto:olle@example.com",
        f"UID:{uid}",
        "ATTENDEE;CUTYPE=INDIVIDUAL;ROLE=REQ-PARTICIPANT;PARTSTAT="
        f"{answer};CN=Ana Si\r\n lva;X-NUM-GUESTS=0:mailto:{guest}",
        "SEQUENCE:0",
        "STATUS:CONFIRMED",
        "SUMMARY:Coffee?",
        "COMMENT:See you\\, Olle",
    )


def outlook(answer: str = "DECLINED", uid: str = UID) -> bytes:
    """As Outlook.com answers: without an organiser, sequence or summary."""
    return calendar(
        "REPLY",
        f"ATTENDEE;PARTSTAT={answer}:MAILTO:Ana.Silva@Example.com",
        "COMMENT;LANGUAGE=en-GB:\\n",
        f"UID:{uid}",
        "DTSTART;TZID=W. Europe Standard Time:20260409T100000",
        "DTEND;TZID=W. Europe Standard Time:20260409T104500",
        "DTSTAMP:20260402T091500Z",
        "TRANSP:OPAQUE",
    )


def counter(uid: str = UID) -> bytes:
    """Another time proposed from Outlook."""
    return calendar(
        "COUNTER",
        "ATTENDEE;PARTSTAT=TENTATIVE;CN=Ana Silva:mailto:ana.silva@example.com",
        "COMMENT:Later?",
        f"UID:{uid}",
        "DTSTART;TZID=W. Europe Standard Time:20260409T143000",
        "DTEND;TZID=W. Europe Standard Time:20260409T151500",
        "DTSTAMP:20260402T091500Z",
        "SEQUENCE:0",
    )


def mailed(calendar: bytes, *, attached: bool = False) -> bytes:
    """The same in a mail, as a part to act on or as a file."""
    mail = EmailMessage()
    mail["From"], mail["To"] = "Ana Silva <ana.silva@example.com>", "olle@example.com"
    mail["Subject"] = "Accepted: Coffee?"
    mail.set_content("Ana Silva has accepted this invitation.")
    mail.add_alternative(calendar, "text", "calendar", params={"method": "REPLY"})
    if attached:
        mail.add_attachment(calendar, "application", "octet-stream", filename="Reply.ICS")
    return mail.as_bytes()


def mailbox(*mails: bytes) -> bytes:
    return b"".join(b"From ana@example.com Thu Apr  2 09:15:00 2026\n" + m + b"\n" for m in mails)
