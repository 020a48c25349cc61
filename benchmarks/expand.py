"""Expanding series: one year of 10,000 of them, up to ten years old, beside the peers.

Three tasks: the rules alone; the same series with their moved and cancelled instances; a calendar
as people have it, where most events are single. All is read before the clock starts, by Fika for
Fika and by icalendar for the peers. Timed are

- fika: `policies.calendar.recurrence.expand` on every item;
- recurring_ical_events: ``of(calendar).between(...)``;
- dateutil: ``rrulestr(rule, dtstart=start).between(...)`` with the aware start the calendar has,
  EXDATE taken out. It knows no overrides, so it does the first task only;
- dateutil, naive: the same at its cheapest, on naive local times, which are brought to absolute
  time by ``zoneinfo`` afterwards.

First all must find the same instances, or there are no figures. CPU seconds: of Fika the first
run, with nothing remembered of rules and zones, and the best of five; of the peers, which take a
minute, one run. The ratios are to Fika's best, and to its first.

    python benchmarks/expand.py [--series N]
"""

from __future__ import annotations

import argparse
import gc
import json
import platform
import random
import re
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import NamedTuple

import icalendar
import recurring_ical_events
from dateutil.rrule import rrulestr

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "benchmarks")]

import calendars  # noqa: E402 - the path comes first

from connectors.ical.document import Limits, read  # noqa: E402
from policies import wall  # noqa: E402
from policies.calendar import rrule, rrule_times  # noqa: E402
from policies.calendar.event import CalendarItem  # noqa: E402
from policies.calendar.occurrence import Occurrence  # noqa: E402
from policies.calendar.recurrence import expand  # noqa: E402

FIRST, LAST = datetime(2026, 1, 1, tzinfo=UTC), datetime(2027, 1, 1, tzinfo=UTC)
FIRST_S, LAST_S = int(FIRST.timestamp()), int(LAST.timestamp())
LIMIT = 2_000
RUNS = 5
GOALS = {"recurring_ical_events": 80, "dateutil": 30}
ZONES = ("Europe/Berlin",) * 4 + ("Europe/London", "America/New_York", "Asia/Tokyo", "Etc/UTC")
WEEKDAYS = ("MO", "TU", "WE", "TH", "FR")
RULES = (
    *("FREQ=WEEKLY;BYDAY={day}",) * 4,
    "FREQ=WEEKLY",
    "FREQ=WEEKLY;INTERVAL=2;BYDAY={day}",
    "FREQ=WEEKLY;INTERVAL=2;BYDAY={day};WKST=SU",
    "FREQ=WEEKLY;BYDAY={day};UNTIL={until}",
    "FREQ=WEEKLY;BYDAY={day};COUNT={count}",
    "FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR",
    "FREQ=DAILY;COUNT={count}",
    "FREQ=MONTHLY;BYMONTHDAY={number}",
    "FREQ=MONTHLY;BYDAY={nth}{day}",
    "FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-1",
    "FREQ=MONTHLY;INTERVAL=3;COUNT={count}",
    "FREQ=YEARLY",
)
UNTIL = re.compile(r"UNTIL=(\d{8}T\d{6})Z")
Instance = tuple[str, int, int]
"""UID, and start and end in absolute seconds."""
Work = Callable[[], Iterable[Sequence[object]]]
REMEMBERED = (
    rrule.parse,
    rrule_times._offsets,  # noqa: SLF001 - so that the first run finds nothing remembered
    wall.wall_range,
    wall._changes_between,  # noqa: SLF001 - see above
    wall._stretch,  # noqa: SLF001 - see above
)


class Series(NamedTuple):
    """A series as dateutil takes it; in ``naive_rule`` UNTIL is local as well."""

    uid: str
    rule: str
    naive_rule: str
    start: datetime
    excluded: frozenset[datetime]
    length: timedelta


class Figure(NamedTuple):
    """CPU seconds for so many instances, and how many times those of Fika's runs."""

    task: str
    who: str
    cpu_s: float
    instances: int
    to_best: float
    to_first: float


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--series", type=int, default=10_000, help="how many (default: 10000)")
    count = parser.parse_args().series
    text = series_calendar(count)
    figures = [
        *rules_alone(text),
        *with_overrides("series", text),
        *with_overrides("calendar", calendars.calendar(count)),
    ]
    for each in figures:
        speed = each.instances / each.cpu_s
        print(
            f"{each.task:9} {each.who:22} {each.cpu_s:8.3f} s {each.instances:9,} instances "
            f"{speed:11,.0f}/s {each.to_best:7.1f} {each.to_first:7.1f}"
        )
    write(count, figures)


def rules_alone(text: bytes) -> list[Figure]:
    items = [
        CalendarItem(item.id, item.etag, item.events[:1])
        for item in read(text, {}, zone="UTC", limits=Limits()).items
    ]
    rows = [series_of(event) for event in icalendar.Calendar.from_ical(text).walk("VEVENT")]
    masters = [row for row in rows if row is not None]
    peers = {
        "dateutil": lambda: map(by_dateutil, masters),
        "dateutil, naive": lambda: map(by_naive_dateutil, masters),
    }
    return compared("rules", items, peers)


def with_overrides(task: str, text: bytes) -> list[Figure]:
    items = read(text, {}, zone="UTC", limits=Limits()).items
    calendar = icalendar.Calendar.from_ical(text)
    return compared(task, items, {"recurring_ical_events": lambda: [by_peer(calendar)]})


def compared(task: str, items: Sequence[CalendarItem], peers: Mapping[str, Work]) -> list[Figure]:
    """The figures of all, after making sure that they find the same."""
    ours = told(by_fika(items))
    for name, work in peers.items():
        if differing := sorted(set(ours) ^ set(told(work()))):
            raise SystemExit(f"{task}: {name} differs in {len(differing)}: {differing[:3]}")
    for remembered in REMEMBERED:
        remembered.cache_clear()
    first_s = timed(lambda: by_fika(items))
    best_s = min(timed(lambda: by_fika(items)) for _ in range(RUNS))
    times = {"fika, first run": first_s, "fika, best of five": best_s}
    times |= {name: timed(work) for name, work in peers.items()}
    return [
        Figure(task, who, cpu_s, len(ours), cpu_s / best_s, cpu_s / first_s)
        for who, cpu_s in times.items()
    ]


def told(found: Iterable[Sequence[object]]) -> list[Instance]:
    return [instance(each) for some in found for each in some]


def timed(work: Work) -> float:
    """CPU seconds; what was found is dropped again, as one who stores it would."""
    gc.collect()
    gc.freeze()  # the calendars that were read are no work of the collector
    begin = time.process_time()
    for found in work():
        len(found)
    seconds = time.process_time() - begin
    gc.unfreeze()
    return seconds


def instance(found: object) -> Instance:
    """What anyone found, to compare."""
    match found:
        case Occurrence():
            return found.event.uid, found.start_s, found.end_s
        case icalendar.Component():
            times = (absolute_s(found[name].dt) for name in ("DTSTART", "DTEND"))
            return str(found["UID"]), *times
        case _:
            return found


def by_fika(items: Sequence[CalendarItem]) -> Iterator[list[Occurrence]]:
    for item in items:
        yield expand(item, FIRST_S, LAST_S, "UTC", LIMIT).occurrences


def by_peer(calendar: icalendar.Calendar) -> list[icalendar.Component]:
    return recurring_ical_events.of(calendar).between(FIRST, LAST)


def by_dateutil(series: Series) -> list[Instance]:
    uid, rule, _, start, excluded, length = series
    return [
        (uid, int(each.timestamp()), int((each + length).timestamp()))
        for each in rrulestr(rule, dtstart=start).between(FIRST - length, LAST, inc=True)
        if each not in excluded and each < LAST and each + length > FIRST
    ]


def by_naive_dateutil(series: Series) -> list[Instance]:
    uid, _, rule, start, excluded, length = series
    zone, length_s = start.tzinfo, int(length.total_seconds())
    first = FIRST.astimezone(zone).replace(tzinfo=None) - length
    last = LAST.astimezone(zone).replace(tzinfo=None)
    found = []
    for local in rrulestr(rule, dtstart=start.replace(tzinfo=None)).between(first, last, inc=True):
        start_s = int(local.replace(tzinfo=zone).timestamp())
        in_window = start_s < LAST_S and start_s + length_s > FIRST_S
        if in_window and local.replace(tzinfo=zone) not in excluded:
            found.append((uid, start_s, start_s + length_s))
    return found


def absolute_s(value: date) -> int:
    if isinstance(value, datetime):
        return int(value.timestamp())
    return int(datetime(value.year, value.month, value.day, tzinfo=UTC).timestamp())


def series_of(event: icalendar.Component) -> Series | None:
    """A master for dateutil; ``None`` for an override."""
    if "RECURRENCE-ID" in event:
        return None
    start = event["DTSTART"].dt
    zone = start.tzinfo
    excluded = event["EXDATE"].dts if "EXDATE" in event else ()

    def on_the_wall(until: re.Match[str]) -> str:
        moment = datetime.fromisoformat(until[1]).replace(tzinfo=UTC)
        return f"UNTIL={moment.astimezone(zone):%Y%m%dT%H%M%S}"

    rule = event["RRULE"].to_ical().decode()
    return Series(
        str(event["UID"]),
        rule,
        UNTIL.sub(on_the_wall, rule),
        start,
        frozenset(each.dt for each in excluded),
        event["DTEND"].dt - start,
    )


# ---------------------------------------------------------------- the calendar of series


def series_calendar(count: int, seed: int = 7) -> bytes:
    """``count`` series, a part of them with EXDATE and a moved or cancelled instance."""
    chance = random.Random(seed)
    events = "".join(_series(chance, number) for number in range(count))
    text = f"BEGIN:VCALENDAR\nVERSION:2.0\nPRODID:-//Example//EN\n{events}END:VCALENDAR\n"
    return text.replace("\n", "\r\n").encode()


def _series(chance: random.Random, number: int) -> str:
    """One series; its start is an instance of its rule, as calendars write them."""
    zone, length = chance.choice(ZONES), timedelta(minutes=chance.choice((25, 30, 45, 60, 90)))
    rule = chance.choice(RULES)
    start = datetime.fromisoformat("2026-11-02T07:00") - timedelta(days=chance.randrange(3650))
    if "BYSETPOS" in rule:
        start = (start.replace(day=28) + timedelta(days=4)).replace(day=1) - timedelta(days=1)
    start -= timedelta(days=max(0, start.weekday() - 4))
    start += timedelta(minutes=15 * chance.randrange(44))
    day, nth = WEEKDAYS[start.weekday()], (start.day + 6) // 7
    until = datetime.fromisoformat("2026-01-15T12:00") + timedelta(days=chance.randrange(400))
    rule = rule.format(
        day=day,
        nth=nth if nth < 5 else -1,
        number=start.day,
        count=chance.randrange(10, 400),
        until=f"{until:%Y%m%dT%H%M%SZ}",
    )
    uid = f"{number}@example.com"
    lines = _event(uid, zone, start, length, f"RRULE:{rule}\n")
    if rule.startswith("FREQ=WEEKLY"):
        step = timedelta(weeks=2 if "INTERVAL" in rule else 1)
        if chance.random() < 0.5:
            excluded = start + chance.randrange(1, 60) * step
            lines = _event(
                uid, zone, start, length, f"RRULE:{rule}\n{_at('EXDATE', zone, excluded)}"
            )
        if chance.random() < 0.3:
            instance = start + chance.randrange(60, 400) * step
            replaced = _at("RECURRENCE-ID", zone, instance)
            if chance.random() < 0.3:
                replaced += "STATUS:CANCELLED\n"
            lines += _event(uid, zone, instance + timedelta(hours=3), length, replaced)
    return lines


def _event(uid: str, zone: str, start: datetime, length: timedelta, further: str) -> str:
    times = _at("DTSTART", zone, start) + _at("DTEND", zone, start + length)
    return f"BEGIN:VEVENT\nUID:{uid}\nSUMMARY:A series\n{times}{further}END:VEVENT\n"


def _at(name: str, zone: str, moment: datetime) -> str:
    return f"{name};TZID={zone}:{moment:%Y%m%dT%H%M%S}\n"


def write(count: int, figures: Sequence[Figure]) -> None:
    report = {
        "machine": {"python": platform.python_version(), "processor": platform.machine()},
        "series": count,
        "window": [FIRST.date().isoformat(), LAST.date().isoformat()],
        "goals": GOALS,
        "figures": [figure._asdict() for figure in figures],
    }
    target = ROOT / "benchmarks" / "results" / "expand.json"
    target.parent.mkdir(exist_ok=True)
    target.write_text(json.dumps(report, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
