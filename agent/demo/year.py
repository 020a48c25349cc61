"""Two calendars of an invented year, relative to today: about 1,500 entries as iCalendar text.

The work calendar has what fills a diary: a team, projects, mass meetings, cancellations; and in
it, for whoever looks, a one-to-one with a senior leader that stopped and a committee gone quiet.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from random import Random

from agent.demo.cast import CAST, OWNER_ADDRESSES, OWNER_NAME, OWNER_ZONE, UNLISTED, Role

_VTIMEZONE = """BEGIN:VTIMEZONE
TZID:Europe/Stockholm
BEGIN:DAYLIGHT
TZOFFSETFROM:+0100
TZOFFSETTO:+0200
TZNAME:CEST
DTSTART:19700329T020000
RRULE:FREQ=YEARLY;BYMONTH=3;BYDAY=-1SU
END:DAYLIGHT
BEGIN:STANDARD
TZOFFSETFROM:+0200
TZOFFSETTO:+0100
TZNAME:CET
DTSTART:19701025T030000
RRULE:FREQ=YEARLY;BYMONTH=10;BYDAY=-1SU
END:STANDARD
END:VTIMEZONE""".splitlines()

_PROJECTS = ("Checkout", "Atlas", "Pricing", "Milan pilot", "Onboarding", "Data platform")
_WORK = ("working session", "review", "hand-over", "estimates", "open questions", "demo")
_ALONE = ("Catch-up", "Coffee", "Lunch", "1:1", "Quick sync", "Walk")
_YEAR = 365
_SHARE_CANCELLED = 0.05
_COMMITTEE_ENDED = 150
_AHEAD = 40


@dataclass(frozen=True, slots=True)
class Entry:
    """One VEVENT to be written; ``lines`` are extra properties as they stand in the file."""

    uid: str
    start: datetime
    minutes: int
    title: str
    guests: Sequence[tuple[str, str, str]] = ()
    lines: Sequence[str] = ()
    all_day: bool = False


def work(today: date, seed: int = 1) -> Iterator[tuple[str, str]]:
    """The work calendar as a folder: pairs of a file's name and its text."""
    random = Random(seed)  # noqa: S311 - the same year for everyone who looks
    entries = [
        *_projects(today, random),
        *_series(today),
        *_meetings_alone(today, random),
        *_small_groups(today, random),
        *_mass_meetings(today, random),
        *_booked(today),
    ]
    for number, entry in enumerate(entries):
        yield f"{number:04}.ics", _calendar([entry])


def private(today: date, seed: int = 2) -> str:
    """The private calendar as one exported file."""
    random = Random(seed)  # noqa: S311 - see `work`
    entries = []
    for number in range(140):
        start = _at(_weekday(today - timedelta(days=random.randrange(-30, _YEAR))), 18, 0)
        title = random.choice(("Gym", "Dentist", "Choir", "Parents' evening", "Dinner", "Tennis"))
        entries.append(Entry(f"private-{number}@example.org", start, 60, title))
    off = _monday(today + timedelta(days=24))
    entries.append(
        Entry("leave@example.org", _at(off, 0, 0), 0, "Away", all_day=True,
              lines=("X-MICROSOFT-CDO-BUSYSTATUS:OOF",)),
    )  # fmt: skip
    return _calendar(entries)


def _projects(today: date, random: Random) -> Iterator[Entry]:
    """What fills the diary: two or three meetings a day with the same handful of people."""
    team = [role for role in CAST if role.relation == "team"]
    for back in range(-_AHEAD, _YEAR):
        day = today - timedelta(days=back)
        if day.weekday() > 4:  # noqa: PLR2004 - Saturday and Sunday
            continue
        hours = sorted(random.sample((9, 10, 11, 13, 14, 15, 16), random.choice((2, 3, 3, 4))))
        for hour in hours if back >= 0 else hours[:2]:
            title = f"{random.choice(_PROJECTS)}: {random.choice(_WORK)}"
            guests = [(*_known(role), "ACCEPTED") for role in random.sample(team, 4)]
            more = [(*each, "ACCEPTED") for each in random.sample(UNLISTED, 2)]
            uid = f"project-{day}-{hour}@northwind.example.com"
            cancelled = ("STATUS:CANCELLED",) if random.random() < _SHARE_CANCELLED else ()
            yield Entry(uid, _at(day, hour, 0), 60, title, [*guests, *more], cancelled)


def _series(today: date) -> Iterator[Entry]:
    """Series: with the team and her manager going on, with the operating officer stopped."""
    began = _monday(today - timedelta(days=_YEAR))
    for role in CAST:
        if role.rhythm is None or role.rhythm[0] not in (7, 14, 28):
            continue
        every, until = role.rhythm
        weeks = every // 7
        last = today - timedelta(days=until)
        first = last - timedelta(days=every * (_YEAR // every))
        rule = f"RRULE:FREQ=WEEKLY;INTERVAL={weeks}"
        if until > every:
            rule += f";UNTIL={last:%Y%m%d}T220000Z"
        hour = 8 + len(role.name) % 3
        skipped = first + timedelta(days=every * 3)
        lines = (rule, f"EXDATE;TZID={OWNER_ZONE}:{skipped:%Y%m%d}T{hour:02}3000")
        title = f"{OWNER_NAME.split()[0]} / {role.name.split()[0]} 1:1"
        uid = f"one-to-one-{role.address}"
        yield Entry(uid, _at(first, hour, 30), 30, title, [(*_known(role), "ACCEPTED")], lines)
    committee = [role for role in CAST if "Green Office committee" in role.groups]
    ended = today - timedelta(days=_COMMITTEE_ENDED)
    monthly = (f"RRULE:FREQ=MONTHLY;BYDAY=1TH;UNTIL={ended:%Y%m%d}T220000Z",)
    guests = [(*_known(role), "ACCEPTED") for role in committee]
    first = began + timedelta(days=3)
    yield Entry("green-office@northwind.example.com", _at(first, 12, 0), 60,
                "Green Office committee", guests, monthly)  # fmt: skip
    guests = [(*_known(role), "ACCEPTED") for role in CAST if role.relation == "team"]
    yield Entry("stand-up@northwind.example.com", _at(began, 9, 0), 15, "Stand-up", guests,
                ("RRULE:FREQ=WEEKLY;BYDAY=MO,TU,WE,TH",))  # fmt: skip


def _meetings_alone(today: date, random: Random) -> Iterator[Entry]:
    """Meetings alone with someone, as their rhythm in the cast has it."""
    for role in CAST:
        if role.rhythm is None or role.rhythm[0] in (7, 14, 28):
            continue
        every, back = role.rhythm
        number = 0
        while back < 900:  # noqa: PLR2004 - as far as Fika reads back
            day = _weekday(today - timedelta(days=back))
            hour = random.choice((9, 11, 13, 15))
            answer = "DECLINED" if role.declines and number < 2 else "ACCEPTED"  # noqa: PLR2004 - the newest two
            title = f"{random.choice(_ALONE)} {role.name.split()[0]}"
            uid = f"alone-{number}-{role.address}"
            yield Entry(uid, _at(day, hour, 0), 45, title, [(*_known(role), answer)])
            back += every + random.randrange(-every // 5, every // 5 + 1)
            number += 1


def _small_groups(today: date, random: Random) -> Iterator[Entry]:
    """Five to eight people: seen, which is not the same as spoken with."""
    senior = [role for role in CAST if role.seniority in {"director", "executive"} and role.rhythm]
    for number in range(24):
        day = _weekday(today - timedelta(days=10 + number * 15))
        guests = [(*_known(role), "ACCEPTED") for role in random.sample(senior, 6)]
        yield Entry(f"steering-{number}@northwind.example.com", _at(day, 14, 0), 90,
                    "Steering group", guests)  # fmt: skip


def _mass_meetings(today: date, random: Random) -> Iterator[Entry]:
    """All hands: everyone was there, nobody was met."""
    crowd = [
        (f"Colleague {n}", f"colleague{n}@northwind.example.com", "NEEDS-ACTION") for n in range(60)
    ]
    for number in range(12):
        day = _weekday(today - timedelta(days=5 + number * 30))
        known = [(*_known(role), "ACCEPTED") for role in CAST if role.organisation == "Northwind"]
        random.shuffle(crowd)
        yield Entry(f"all-hands-{number}@northwind.example.com", _at(day, 16, 0), 60,
                    "All hands", [*known, *crowd[:40]])  # fmt: skip


def _booked(today: date) -> Iterator[Entry]:
    """What is in the diary already: nobody is proposed twice."""
    noor = next(role for role in CAST if role.name.startswith("Noor"))
    day = _weekday(today + timedelta(days=9))
    yield Entry("booked-noor@northwind.example.com", _at(day, 10, 0), 45, "Coffee Noor",
                [(*_known(noor), "ACCEPTED")])  # fmt: skip


def _known(role: Role) -> tuple[str, str]:
    return role.name, role.address


def _at(day: date, hour: int, minute: int) -> datetime:
    return datetime.combine(day, time(hour, minute))


def _weekday(day: date) -> date:
    """The day itself, or the Friday before a weekend."""
    return day - timedelta(days=max(day.weekday() - 4, 0))


def _monday(day: date) -> date:
    return day - timedelta(days=day.weekday())


def _calendar(entries: Sequence[Entry]) -> str:
    lines = ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//Fika//Demonstration//EN", *_VTIMEZONE]
    for entry in entries:
        lines += ["BEGIN:VEVENT", f"UID:{entry.uid}", "DTSTAMP:20250101T000000Z", *_times(entry)]
        lines += [f"SUMMARY:{entry.title}", *entry.lines]
        if entry.guests:
            lines.append(f"ORGANIZER;CN={OWNER_NAME}:mailto:{OWNER_ADDRESSES[0]}")
            lines.append(f"ATTENDEE;PARTSTAT=ACCEPTED:mailto:{OWNER_ADDRESSES[0]}")
        lines += [
            f'ATTENDEE;CN="{n}";PARTSTAT={answer}:mailto:{a}' for n, a, answer in entry.guests
        ]
        lines.append("END:VEVENT")
    lines.append("END:VCALENDAR")
    return "\r\n".join(lines) + "\r\n"


def _times(entry: Entry) -> list[str]:
    if entry.all_day:
        return [
            f"DTSTART;VALUE=DATE:{entry.start:%Y%m%d}",
            f"DTEND;VALUE=DATE:{entry.start + timedelta(days=5):%Y%m%d}",
        ]
    end = entry.start + timedelta(minutes=entry.minutes)
    return [
        f"DTSTART;TZID={OWNER_ZONE}:{entry.start:%Y%m%dT%H%M%S}",
        f"DTEND;TZID={OWNER_ZONE}:{end:%Y%m%dT%H%M%S}",
    ]
