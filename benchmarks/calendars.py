"""Big calendars for benchmarks and tests: seeded, so that the same arguments give the same bytes.

Every part that makes reading hard is in them: several zones (IANA names, Windows names, one of
the calendar's own), series up to ten years old with exceptions and moved or cancelled instances,
all-day events, folded lines, escaped text beyond ASCII, alarms, and attendees from one list of
contacts. A single event has about 1.1 kB.

Run as a program it writes one: ``python benchmarks/calendars.py 10000 calendar.ics``.
"""

from __future__ import annotations

import random
import sys
from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from pathlib import Path

TODAY = date(2026, 3, 2)
RECURRING, ALL_DAY, ALARM, OVERRIDDEN, WITH_EXDATE = 0.15, 0.05, 0.5, 0.5, 0.5

_DAYLIGHT = (
    "BEGIN:DAYLIGHT\nTZNAME:{d}\nTZOFFSETFROM:{s}\nTZOFFSETTO:{d}\nDTSTART:{on}\nRRULE:{on_rule}\n"
    "END:DAYLIGHT\nBEGIN:STANDARD\nTZNAME:{s}\nTZOFFSETFROM:{d}\nTZOFFSETTO:{s}\nDTSTART:{off}\n"
    "RRULE:{off_rule}\nEND:STANDARD\n"
)
_STEADY = (
    "BEGIN:STANDARD\nTZNAME:{s}\nTZOFFSETFROM:{s}\nTZOFFSETTO:{s}\nDTSTART:19700101T000000\n"
    "END:STANDARD\n"
)
_YEARLY = "FREQ=YEARLY;BYMONTH={};BYDAY={}"
# Month and weekday of the change to summer time, its wall time; the same of the change back.
_EUROPE = (3, "-1SU", "19700329T020000", 10, "-1SU", "19701025T030000")
_BRITAIN = (3, "-1SU", "19700329T010000", 10, "-1SU", "19701025T020000")
_AMERICA = (3, "2SU", "20070311T020000", 11, "1SU", "20071104T020000")
_AUSTRALIA = (10, "1SU", "20081005T020000", 4, "1SU", "20080406T030000")
# TZID, standard offset, summer offset, changes; a share of all events is in each.
_ZONES = (
    ("Europe/Berlin", "+0100", "+0200", _EUROPE, 40),
    ("Europe/London", "+0000", "+0100", _BRITAIN, 10),
    ("America/New_York", "-0500", "-0400", _AMERICA, 10),
    ("America/Los_Angeles", "-0800", "-0700", _AMERICA, 5),
    ("Asia/Tokyo", "+0900", "", None, 5),
    ("W. Europe Standard Time", "+0100", "+0200", _EUROPE, 10),
    ("Eastern Standard Time", "-0500", "-0400", _AMERICA, 5),
    ("GMT Standard Time", "+0000", "+0100", _BRITAIN, 5),
    ("India Standard Time", "+0530", "", None, 3),
    ("AUS Eastern Standard Time", "+1000", "+1100", _AUSTRALIA, 3),
    ("Head Office", "+0115", "+0215", _EUROPE, 4),
)
_FIRST = ("Ana", "Björn", "Chiara", "Dmitri", "Élodie", "Farid", "Grete", "Hiro", "Ingrid", "João")
_LAST = ("Silva", "Ström", "Rossi", "Orlov", "Dubois", "Aziz", "Lund", "Tanaka", "Berg", "Łuczak")
_TOPICS = ("planning", "budget", "hiring", "roadmap", "review", "launch", "café", "pricing")
_WORDS = ("the", "team", "agreed", "to", "look", "at", "numbers", "before", "Zürich;", "also,")
_ROOMS = ("Room 4, second floor", "Café Ljung; corner table", "Online", "Größer Saal", "")
_ANSWERS = ("ACCEPTED",) * 6 + ("DECLINED", "TENTATIVE", "NEEDS-ACTION", "NEEDS-ACTION")
_RULES = (
    "FREQ=WEEKLY;BYDAY={day}",
    "FREQ=WEEKLY;INTERVAL=2;BYDAY={day}",
    "FREQ=WEEKLY;BYDAY={day};UNTIL={until}",
    "FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR",
    "FREQ=DAILY;COUNT=20",
    "FREQ=MONTHLY;BYMONTHDAY={number}",
    "FREQ=MONTHLY;BYDAY={nth}{day}",
    "FREQ=YEARLY",
)
_DAYS = ("MO", "TU", "WE", "TH", "FR")


def calendar(
    masters: int, *, seed: int = 1, contacts: int = 300, years: int = 2, today: date = TODAY
) -> bytes:
    """A calendar of `masters` single events and series around a day, ``years`` deep."""
    chance = random.Random(seed)
    people = [_person(number) for number in range(contacts)]
    parts = [_head()]
    for number in range(masters):
        parts.extend(_item(chance, number, people, years, today))
    parts.append("END:VCALENDAR\n")
    return b"".join(part.replace("\n", "\r\n").encode() for part in parts)


def touched(data: bytes, share: float, *, seed: int = 1) -> bytes:
    """The same calendar after `share` of its events got another title."""
    chance = random.Random(seed)
    events = data.split(b"BEGIN:VEVENT\r\n")
    for index in chance.sample(range(1, len(events)), round(share * (len(events) - 1))):
        events[index] = events[index].replace(b"\r\nSUMMARY:", b"\r\nSUMMARY:Moved ", 1)
    return b"BEGIN:VEVENT\r\n".join(events)


def _person(number: int) -> tuple[str, str]:
    name = f"{_FIRST[number % len(_FIRST)]} {_LAST[number // len(_FIRST) % len(_LAST)]}"
    return name, f"person{number}@example.com"


def _head() -> str:
    zones = "".join(_definition(*zone[:4]) for zone in _ZONES)
    return f"BEGIN:VCALENDAR\nVERSION:2.0\nPRODID:-//Example//Calendars//EN\n{zones}"


def _definition(
    tzid: str, standard: str, daylight: str, changes: tuple[int, str, str, int, str, str] | None
) -> str:
    if changes is None:
        inside = _STEADY.format(s=standard)
    else:
        month, day, on, back_month, back_day, off = changes
        inside = _DAYLIGHT.format(
            s=standard,
            d=daylight,
            on=on,
            on_rule=_YEARLY.format(month, day),
            off=off,
            off_rule=_YEARLY.format(back_month, back_day),
        )
    return f"BEGIN:VTIMEZONE\nTZID:{tzid}\n{inside}END:VTIMEZONE\n"


def _item(
    chance: random.Random, number: int, people: list[tuple[str, str]], years: int, today: date
) -> Iterator[str]:
    recurring, all_day = chance.random() < RECURRING, chance.random() < ALL_DAY
    start = _start(chance, 3650 if recurring else 365 * years, today)
    zone = chance.choices(_ZONES, weights=[each[4] for each in _ZONES])[0][0]
    times = _times(start, timedelta(minutes=chance.choice((25, 30, 45, 60, 90))), zone, all_day)
    uid = f"{number:06x}{chance.getrandbits(96):024x}@example.com"
    guests = chance.sample(people, min(len(people), chance.choice((0, 1, 1, 1, 2, 2, 3, 4))))
    facts = _facts(chance, uid, start, guests)
    if not recurring:
        yield _event(chance, times, facts, "")
        return
    rule = _rule(chance, start, all_day, today)
    weekly = rule.startswith("FREQ=WEEKLY")
    skips = weekly and chance.random() < WITH_EXDATE
    skipped = _stamp("EXDATE", start + timedelta(weeks=4), zone, all_day) if skips else ""
    yield _event(chance, times, facts, f"RRULE:{rule}\n{skipped}")
    if not all_day and chance.random() < OVERRIDDEN:
        instance = start + timedelta(weeks=2 * weekly)
        moved = _times(instance + timedelta(hours=1), timedelta(minutes=30), zone, all_day=False)
        yield _event(chance, moved, facts, _stamp("RECURRENCE-ID", instance, zone, all_day=False))


def _start(chance: random.Random, days_back: int, today: date) -> datetime:
    day = today - timedelta(days=chance.randrange(-60, days_back))
    day += timedelta(days=2 * (day.weekday() >= len(_DAYS)))
    at = time(chance.randrange(7, 19), 15 * chance.randrange(4))
    return datetime.combine(day, at)


def _rule(chance: random.Random, start: datetime, all_day: bool, today: date) -> str:
    """A rule whose first instance is its start."""
    nth = (start.day + 6) // 7
    return chance.choice(_RULES).format(
        day=_DAYS[start.weekday()],
        nth=nth if nth < 5 else -1,
        number=start.day,
        until=(today + timedelta(days=90)).strftime("%Y%m%d" if all_day else "%Y%m%dT235959Z"),
    )


def _times(start: datetime, length: timedelta, zone: str, all_day: bool) -> str:
    end = start + (timedelta(days=1) if all_day else length)
    return _stamp("DTSTART", start, zone, all_day) + _stamp("DTEND", end, zone, all_day)


def _stamp(name: str, moment: datetime, zone: str, all_day: bool) -> str:
    if all_day:
        return f"{name};VALUE=DATE:{moment:%Y%m%d}\n"
    return f"{name};TZID={zone}:{moment:%Y%m%dT%H%M%S}\n"


def _facts(
    chance: random.Random, uid: str, start: datetime, guests: list[tuple[str, str]]
) -> tuple[str, str]:
    topic = chance.choice(_TOPICS)
    last = start - timedelta(days=chance.randrange(1, 40))
    head = f"DTSTAMP:20260301T060000Z\nUID:{uid}\nCREATED:{last:%Y%m%dT%H%M%SZ}\n"
    tail = f"LAST-MODIFIED:{last:%Y%m%dT%H%M%SZ}\nSEQUENCE:{chance.randrange(4)}\n"
    tail += (
        f"SUMMARY:{topic.title()} with {_escaped(guests[0][0] if guests else 'nobody, alone')}\n"
    )
    tail += f"LOCATION:{_escaped(chance.choice(_ROOMS))}\n"
    if guests:
        tail += "ORGANIZER;CN=Olle Owner:mailto:olle@example.com\n"
        tail += _folded(
            "ATTENDEE;CUTYPE=INDIVIDUAL;ROLE=REQ-PARTICIPANT;PARTSTAT=ACCEPTED;CN=Olle Owner"
            ":mailto:olle@example.com"
        )
    for name, address in guests:
        answer = chance.choice(_ANSWERS)
        tail += _folded(
            f"ATTENDEE;CUTYPE=INDIVIDUAL;ROLE=REQ-PARTICIPANT;PARTSTAT={answer};RSVP=TRUE;"
            f'CN="{name}";X-NUM-GUESTS=0:mailto:{address}'
        )
    return head, tail


def _event(chance: random.Random, times: str, facts: tuple[str, str], series: str) -> str:
    head, tail = facts
    text = " ".join(chance.choices(_WORDS, k=chance.randrange(15, 45)))
    description = _folded(f"DESCRIPTION:{_escaped(text)}\\n\\nhttps://example.com/agenda")
    alarm = (
        "BEGIN:VALARM\nACTION:DISPLAY\nDESCRIPTION:This is a reminder\nTRIGGER:-PT15M\nEND:VALARM\n"
    )
    return (
        f"BEGIN:VEVENT\n{times}{series}{head}{tail}{description}"
        f"STATUS:{chance.choice(('CONFIRMED',) * 18 + ('TENTATIVE', 'CANCELLED'))}\n"
        f"TRANSP:{chance.choice(('OPAQUE',) * 9 + ('TRANSPARENT',))}\nCLASS:PUBLIC\n"
        f"X-MICROSOFT-CDO-BUSYSTATUS:BUSY\n{alarm if chance.random() < ALARM else ''}END:VEVENT\n"
    )


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace(";", "\\;").replace(",", "\\,")


def _folded(line: str) -> str:
    """Lines of at most 75 octets (RFC 5545, 3.1), never folded inside a character."""
    lines, current = [], ""
    for char in line:
        if len((current + char).encode()) > 75:
            lines.append(current)
            current = " "
        current += char
    return "\n".join([*lines, current]) + "\n"


if __name__ == "__main__":
    Path(sys.argv[2]).write_bytes(calendar(int(sys.argv[1])))
