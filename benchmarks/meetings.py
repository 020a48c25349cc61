"""An owner's meetings, and the same ones as Google, Graph and a CalDAV server hold them.

Seeded. Most are single meetings of the last two and a half years and the next months, with up to
four guests; one in forty is a series, weekly or every two weeks, of which one instance was moved
and another called off. When each of them is, is worked out here on the wall clock, by no engine.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, time, timedelta
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

ZONE = "Europe/Berlin"
OWNER = "olle@example.com"
BACK, AHEAD = timedelta(days=880), timedelta(days=150)
SERIES = 1 / 40

_MOVED, _SKIPPED = 2, 3  # instances of a series, by number
_LONGEST = 60  # instances
_TOPICS = ("Planning", "Budget", "Hiring", "Roadmap", "Review", "Launch", "Café", "Pricing")
_WORDS = ("the", "team", "agreed", "to", "look", "at", "numbers", "before", "Zürich", "also")
_PLACES = ("Room 4, second floor", "Café Ljung", "", "")
_ANSWERS = ("accepted",) * 6 + ("declined", "tentative", "needsAction", "needsAction")
_GRAPH = {"accepted": "accepted", "declined": "declined", "tentative": "tentativelyAccepted"}
HOUR = timedelta(hours=1)
Json = dict[str, Any]


class Happens(NamedTuple):
    """One instance: what it is called, and when, in seconds since 1970."""

    title: str
    start_s: int
    end_s: int


class Meeting(NamedTuple):
    """``start`` on the clock of `ZONE`; ``every`` weeks, ``count`` times; once where it is 0."""

    number: int
    title: str
    text: str
    place: str
    start: datetime
    length: timedelta
    guests: tuple[tuple[str, str], ...]
    every: int = 0
    count: int = 1

    def starts(self) -> list[datetime]:
        """Where its instances would be, had none been moved or called off."""
        return [self.start + timedelta(weeks=self.every * each) for each in range(self.count)]

    def happens(self) -> Iterator[Happens]:
        for number, start in enumerate(self.starts()):
            moved = self.every and number == _MOVED
            if not (self.every and number == _SKIPPED):
                begin = start + moved * HOUR
                title = moved_title(self) if moved else self.title
                yield Happens(title, seconds(begin), seconds(begin + self.length))


def meetings(number: int, now: datetime, *, people: int = 300, seed: int = 1) -> list[Meeting]:
    """So many meetings around ``now``."""
    chance = random.Random(seed)
    today = datetime.combine(now.date(), time())
    return [_meeting(chance, each, today, people) for each in range(number)]


def after(every: Sequence[Meeting], number: int, day: int) -> list[Meeting]:
    """All of them once ``number`` got another title on that ``day``, a few series among those."""
    chance = random.Random(day)
    few = number // 20
    series = [each.number for each in every if each.every]
    singles = [each.number for each in every if not each.every]
    chosen = {*chance.sample(series, few), *chance.sample(singles, number - few)}
    return [
        each._replace(title=f"{each.title} {day}") if each.number in chosen else each
        for each in every
    ]


def exceptions(meeting: Meeting) -> tuple[datetime, datetime]:
    """Where the instance that was moved by an hour, and the one called off, would have begun."""
    starts = meeting.starts()
    return starts[_MOVED], starts[_SKIPPED]


def moved_title(meeting: Meeting) -> str:
    return f"{meeting.title.split()[0]} {meeting.number}, moved"


def seconds(wall: datetime) -> int:
    return int(wall.replace(tzinfo=ZoneInfo(ZONE)).timestamp())


def _meeting(chance: random.Random, number: int, today: datetime, people: int) -> Meeting:
    recurs = chance.random() < SERIES
    every = chance.choice((1, 1, 2)) if recurs else 0
    count = chance.randrange(8, _LONGEST) if recurs else 1
    day = today - BACK + timedelta(days=chance.randrange((BACK + AHEAD).days))
    day += timedelta(days=2 * (day.weekday() > 4))
    guests = chance.sample(range(people), chance.choice((0, 1, 1, 1, 2, 2, 3, 4)))
    return Meeting(
        number,
        f"{chance.choice(_TOPICS)} {number}",
        " ".join(chance.choices(_WORDS, k=chance.randrange(15, 45))),
        chance.choice(_PLACES),
        day + timedelta(hours=chance.randrange(7, 19), minutes=15 * chance.randrange(4)),
        timedelta(minutes=chance.choice((25, 30, 45, 60, 90))),
        tuple((f"person{each}@example.com", chance.choice(_ANSWERS)) for each in guests),
        every,
        count,
    )


# ---------------------------------------------------------------- as the services hold them


def google(meeting: Meeting) -> Json:
    """An event resource; its changed instances are `of_instance`."""
    me = {"email": OWNER, "responseStatus": "accepted"}
    guests = [{"email": each, "responseStatus": said} for each, said in meeting.guests]
    rule = f"RRULE:FREQ=WEEKLY;INTERVAL={meeting.every};COUNT={meeting.count}"
    return {
        "id": f"meeting{meeting.number:06}",
        "summary": meeting.title,
        "description": meeting.text,
        "location": meeting.place,
        "start": _google_time(meeting.start),
        "end": _google_time(meeting.start + meeting.length),
        **({"attendees": [me, *guests]} if guests else {}),
        **({"recurrence": [rule]} if meeting.every else {}),
    }


def google_instance(meeting: Meeting, original: datetime) -> str:
    """The id of the instance that would have begun at ``original``."""
    start = datetime.fromtimestamp(seconds(original), UTC)
    return f"{google(meeting)['id']}_{start:%Y%m%dT%H%M%SZ}"


def google_moved(meeting: Meeting) -> Json:
    """What is different of the instance that was moved."""
    start = exceptions(meeting)[0] + HOUR
    times = {"start": _google_time(start), "end": _google_time(start + meeting.length)}
    return {**times, "summary": moved_title(meeting)}


def graph(meeting: Meeting) -> Json:
    """The properties of an event, apart from its times."""
    return {
        "subject": meeting.title,
        "body": {"contentType": "html", "content": f"<html><p>{meeting.text}</p></html>"},
        "location": {"displayName": meeting.place, "locationType": "default"},
        "attendees": [_graph_guest(*each) for each in meeting.guests],
        "recurrence": _graph_rule(meeting) if meeting.every else None,
    }


def ical(meeting: Meeting) -> bytes:
    """A calendar object."""
    series = ""
    if meeting.every:
        skipped = f"EXDATE;{_ical_time(exceptions(meeting)[1])}\r\n"
        series = f"RRULE:FREQ=WEEKLY;INTERVAL={meeting.every};COUNT={meeting.count}\r\n{skipped}"
    events = _ical_event(meeting, meeting.title, meeting.start, series)
    if meeting.every:
        original = exceptions(meeting)[0]
        instance = f"RECURRENCE-ID;{_ical_time(original)}\r\n"
        events += _ical_event(meeting, moved_title(meeting), original + HOUR, instance)
    return f"{_HEAD}{events}END:VCALENDAR\r\n".encode()


_HEAD = f"""BEGIN:VCALENDAR
VERSION:2.0
PRODID:-//Example//Meetings//EN
BEGIN:VTIMEZONE
TZID:{ZONE}
BEGIN:DAYLIGHT
TZOFFSETFROM:+0100
TZOFFSETTO:+0200
DTSTART:19700329T020000
RRULE:FREQ=YEARLY;BYMONTH=3;BYDAY=-1SU
END:DAYLIGHT
BEGIN:STANDARD
TZOFFSETFROM:+0200
TZOFFSETTO:+0100
DTSTART:19701025T030000
RRULE:FREQ=YEARLY;BYMONTH=10;BYDAY=-1SU
END:STANDARD
END:VTIMEZONE
""".replace("\n", "\r\n")


def _ical_event(meeting: Meeting, title: str, start: datetime, series: str) -> str:
    people = ""
    if meeting.guests:
        people = f"ORGANIZER:mailto:{OWNER}\r\nATTENDEE;PARTSTAT=ACCEPTED:mailto:{OWNER}\r\n"
    for address, said in meeting.guests:
        answer = said.upper().replace("NEEDSACTION", "NEEDS-ACTION")
        people += f"ATTENDEE;PARTSTAT={answer};RSVP=TRUE:mailto:{address}\r\n"
    text = f"DESCRIPTION:{meeting.text}"
    folded = "\r\n ".join(text[at : at + 60] for at in range(0, len(text), 60))
    return (
        f"BEGIN:VEVENT\r\nUID:meeting{meeting.number}@example.com\r\nDTSTAMP:20260301T060000Z\r\n"
        f"DTSTART;{_ical_time(start)}\r\nDTEND;{_ical_time(start + meeting.length)}\r\n{series}"
        f"SUMMARY:{title.replace(',', chr(92) + ',')}\r\n{folded}\r\n"
        f"LOCATION:{meeting.place.replace(',', chr(92) + ',')}\r\n{people}END:VEVENT\r\n"
    )


def _ical_time(wall: datetime) -> str:
    return f"TZID={ZONE}:{wall:%Y%m%dT%H%M%S}"


def _google_time(wall: datetime) -> Json:
    return {"dateTime": wall.replace(tzinfo=ZoneInfo(ZONE)).isoformat(), "timeZone": ZONE}


def _graph_guest(address: str, said: str) -> Json:
    response = {"response": _GRAPH.get(said, "none"), "time": "2026-03-01T06:00:00Z"}
    return {"status": response, "emailAddress": {"name": address, "address": address}}


def _graph_rule(meeting: Meeting) -> Json:
    return {
        "pattern": {
            "type": "weekly",
            "interval": meeting.every,
            "daysOfWeek": [f"{meeting.start:%A}".lower()],
            "firstDayOfWeek": "monday",
            "month": 0,
            "dayOfMonth": 0,
            "index": "first",
        },
        "range": {
            "type": "numbered",
            "startDate": f"{meeting.start:%Y-%m-%d}",
            "endDate": "0001-01-01",
            "numberOfOccurrences": meeting.count,
            "recurrenceTimeZone": ZONE,
        },
    }
