"""Two calendars of an invented year, relative to today: about 1,500 entries as iCalendar text.

The work calendar has what fills a diary: a team, projects, mass meetings, cancellations; and in
it, for whoever looks, a one-to-one with a senior leader that stopped and a committee gone quiet.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, datetime, time, timedelta
from random import Random

from policies.frozen import frozen
from policies.people.person import Person, Relation, Seniority

OWNER_NAME = "Elin Strand"
OWNER_ADDRESSES = ("elin.strand@northwind.example.com", "elin@example.org")
OWNER_ZONE = "Europe/Stockholm"

# How the calendars show people: a meeting alone about every so many days, the last so many days
# ago. Whom nothing is said of has never been met alone.
_RHYTHM = {
    "jonas-lindqvist": (7, 2),
    "priya-raman": (7, 4),
    "tom-okafor": (14, 9),
    "saga-holm": (21, 6),
    "emil-vik": (30, 12),
    "karin-oberg": (14, 5),
    "margareta-sjostrom": (28, 134),
    "daniel-abrahamsson": (90, 61),
    "ines-carvalho": (60, 97),
    "henrik-dahl": (45, 20),
    "yuki-tanaka": (60, 118),
    "amira-haddad": (45, 71),
    "viktor-persson": (60, 33),
    "lena-fors": (90, 140),
    "oskar-nyman": (60, 48),
    "maja-blom": (75, 230),
    "rasmus-falk": (120, 15),
    "sofia-marchetti": (30, 26),
    "pieter-de-wit": (35, 52),
    "grace-mwangi": (60, 84),
    "luca-ferri": (45, 40),
    "hannah-weiss": (70, 66),
    "birgitta-lund": (45, 38),
    "samir-nasser": (90, 101),
    "anna-bergstrom": (40, 29),
    "marcus-thorn": (120, 420),
    "elisabeth-krantz": (150, 610),
    "noor-jansen": (30, 22),
    "diego-ruiz": (60, 190),
    "fatima-zahra-idrissi": (90, 75),
    "ebba-rosen": (120, 160),
    "johan-ek": (30, 11),
    "linnea-akesson": (180, 300),
    "gustav-hellman": (100, 112),
}
_DECLINES = "henrik-dahl"
_PREPARES_THE_BOARD = frozenset({"daniel-abrahamsson", "ingrid-solberg", "karin-oberg"})
_GOES_TO_FAIRS = frozenset({"sofia-marchetti", "ebba-rosen", "rahul-mehta"})
_COMMITTEE = "Green Office committee"
_SERIES = (7, 14, 28)
_HOURS = (time(8, 0), time(12, 30), time(17, 0))
_SENIOR = frozenset({Seniority.DIRECTOR, Seniority.EXECUTIVE})

# Met, and never listed: for `fika people discover` and `fika triage`.
_UNLISTED = (
    ("Kim Sandberg", "kim.sandberg@northwind.example.com"),
    ("Olivia Hart", "olivia.hart@contoso.example.net"),
    ("Bo Hedlund", "bo.hedlund@northwind.example.com"),
    ("Meriem Benali", "meriem.benali@adatum.example.net"),
)

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


@frozen
class Entry:
    """One VEVENT to be written; ``lines`` are extra properties as they stand in the file.

    ``answer`` is the owner's own.
    """

    uid: str
    start: datetime
    minutes: int
    title: str
    guests: Sequence[tuple[str, str, str]] = ()
    lines: Sequence[str] = ()
    all_day: bool = False
    answer: str = "ACCEPTED"


def work(today: date, people: Sequence[Person], seed: int = 1) -> Iterator[tuple[str, str]]:
    """The work calendar as a folder: pairs of a file's name and its text."""
    random = Random(seed)  # noqa: S311 - the same year for everyone who looks
    entries = [
        *_projects(today, people, random),
        *_series(today, people),
        *_meetings_alone(today, people, random),
        *_small_groups(today, people, random),
        *_mass_meetings(today, people, random),
        *_booked(today, people),
        *_without_her(today, people),
        *_fairs(today, people),
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


def _projects(today: date, people: Sequence[Person], random: Random) -> Iterator[Entry]:
    """What fills the diary: two or three meetings a day with the same handful of people."""
    team = [each for each in people if each.relation is Relation.TEAM]
    for back in range(-_AHEAD, _YEAR):
        day = today - timedelta(days=back)
        if day.weekday() > 4:  # noqa: PLR2004 - Saturday and Sunday
            continue
        hours = sorted(random.sample((9, 10, 11, 13, 14, 15, 16), random.choice((2, 3, 3, 4))))
        for hour in hours if back >= 0 else hours[:2]:
            title = f"{random.choice(_PROJECTS)}: {random.choice(_WORK)}"
            guests = [(*_known(each), "ACCEPTED") for each in random.sample(team, 4)]
            more = [(*each, "ACCEPTED") for each in random.sample(_UNLISTED, 2)]
            uid = f"project-{day}-{hour}@northwind.example.com"
            cancelled = ("STATUS:CANCELLED",) if random.random() < _SHARE_CANCELLED else ()
            yield Entry(uid, _at(day, hour, 0), 60, title, [*guests, *more], cancelled)


def _series(today: date, people: Sequence[Person]) -> Iterator[Entry]:
    """Series: with the team and her manager going on, with the operating officer stopped."""
    began = _monday(today - timedelta(days=_YEAR))
    for person in people:
        every, until = _RHYTHM.get(person.id, (0, 0))
        if every not in _SERIES:
            continue
        weeks = every // 7
        last = _weekday(today - timedelta(days=until))
        first = last - timedelta(days=every * (_YEAR // every))
        rule = f"RRULE:FREQ=WEEKLY;INTERVAL={weeks}"
        if until > every:
            rule += f";UNTIL={last:%Y%m%d}T220000Z"
        at = _HOURS[len(person.name) % len(_HOURS)]
        skipped = first + timedelta(days=every * 3)
        lines = (rule, f"EXDATE;TZID={OWNER_ZONE}:{skipped:%Y%m%d}T{at:%H%M%S}")
        title = f"Elin / {person.name.split()[0]} 1:1"
        uid = f"one-to-one-{person.addresses[0]}"
        yield Entry(
            uid, datetime.combine(first, at), 30, title, [(*_known(person), "ACCEPTED")], lines
        )
    committee = [each for each in people if _COMMITTEE in each.groups]
    ended = today - timedelta(days=_COMMITTEE_ENDED)
    monthly = (f"RRULE:FREQ=MONTHLY;BYDAY=1TH;UNTIL={ended:%Y%m%d}T220000Z",)
    guests = [(*_known(each), "ACCEPTED") for each in committee]
    first = began + timedelta(days=3)
    yield Entry("green-office@northwind.example.com", _at(first, 12, 0), 60,
                "Green Office committee", guests, monthly)  # fmt: skip
    guests = [(*_known(each), "ACCEPTED") for each in people if each.relation is Relation.TEAM]
    yield Entry("stand-up@northwind.example.com", _at(began, 8, 45), 15, "Stand-up", guests,
                ("RRULE:FREQ=WEEKLY;BYDAY=MO,TU,WE,TH",))  # fmt: skip


def _meetings_alone(today: date, people: Sequence[Person], random: Random) -> Iterator[Entry]:
    """Meetings alone with someone, as their rhythm in the cast has it."""
    for person in people:
        every, back = _RHYTHM.get(person.id, (0, 0))
        if not every or every in _SERIES:
            continue
        number = 0
        while back < 900:  # noqa: PLR2004 - as far as Fika reads back
            day = _weekday(today - timedelta(days=back))
            hour = random.choice((9, 11, 13, 15))
            answer = "DECLINED" if person.id == _DECLINES and number < 2 else "ACCEPTED"  # noqa: PLR2004 - the newest two
            title = f"{random.choice(_ALONE)} {person.name.split()[0]}"
            uid = f"alone-{number}-{person.addresses[0]}"
            yield Entry(uid, _at(day, hour, 0), 45, title, [(*_known(person), answer)])
            back += every + random.randrange(-every // 5, every // 5 + 1)
            number += 1


def _small_groups(today: date, people: Sequence[Person], random: Random) -> Iterator[Entry]:
    """Five to eight people: seen, which is not the same as spoken with."""
    senior = [each for each in people if each.seniority in _SENIOR and each.id in _RHYTHM]
    for number in range(24):
        day = _weekday(today - timedelta(days=10 + number * 15))
        guests = [(*_known(each), "ACCEPTED") for each in random.sample(senior, 6)]
        yield Entry(f"steering-{number}@northwind.example.com", _at(day, 14, 0), 90,
                    "Steering group", guests)  # fmt: skip


def _mass_meetings(today: date, people: Sequence[Person], random: Random) -> Iterator[Entry]:
    """All hands: everyone was there, nobody was met."""
    crowd = [
        (f"Colleague {n}", f"colleague{n}@northwind.example.com", "NEEDS-ACTION") for n in range(60)
    ]
    for number in range(12):
        day = _weekday(today - timedelta(days=5 + number * 30))
        known = [(*_known(each), "ACCEPTED") for each in people if each.organisation == "Northwind"]
        random.shuffle(crowd)
        yield Entry(f"all-hands-{number}@northwind.example.com", _at(day, 16, 0), 60,
                    "All hands", [*known, *crowd[:40]])  # fmt: skip


def _booked(today: date, people: Sequence[Person]) -> Iterator[Entry]:
    """What is in the diary already: nobody is proposed twice."""
    noor = next(each for each in people if each.id == "noor-jansen")
    day = _weekday(today + timedelta(days=9))
    yield Entry("booked-noor@northwind.example.com", _at(day, 10, 0), 45, "Coffee Noor",
                [(*_known(noor), "ACCEPTED")])  # fmt: skip


def _without_her(today: date, people: Sequence[Person]) -> Iterator[Entry]:
    """Board preparations she was asked to and declined: they show who knows the chief executive."""
    there = [each for each in people if each.id in _PREPARES_THE_BOARD]
    for number in range(4):
        day = _weekday(today - timedelta(days=24 + number * 45))
        guests = [(*_known(each), "ACCEPTED") for each in there]
        yield Entry(f"board-{number}@northwind.example.com", _at(day, 10, 0), 60,
                    "Board preparation", guests, answer="DECLINED")  # fmt: skip


def _fairs(today: date, people: Sequence[Person]) -> Iterator[Entry]:
    """Two events of many people from everywhere: one the day before yesterday, one ahead."""
    known = [(*_known(each), "ACCEPTED") for each in people if each.id in _GOES_TO_FAIRS]
    crowd = [(f"Guest {n}", f"guest{n}@fair.example.org", "ACCEPTED") for n in range(24)]
    for title, days in (("Nordic Product Day", -2), ("Design & Data Meetup", 16)):
        day = today + timedelta(days=days)
        yield Entry(f"fair{days}@fair.example.org", _at(day, 17, 0), 150, title, [*known, *crowd])


def _known(person: Person) -> tuple[str, str]:
    return person.name, person.addresses[0]


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
            lines.append(f"ATTENDEE;PARTSTAT={entry.answer}:mailto:{OWNER_ADDRESSES[0]}")
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
