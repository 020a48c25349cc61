"""Reading a calendar file: for the first time, again after a few changes, and how much memory.

Every task runs in a process of its own, the peers in turns. Timed is the CPU of

- first: ``connectors.ical.document.read`` of 10,000 masters, all properties Fika needs;
- again: the same with 0.5 % of the events changed since;
- icalendar: ``Calendar.from_ical`` and then the same properties of every event.

First both must have read the same: start and end of every event in absolute time, rules,
exceptions, status, texts, participants with their answers. A last task reads 100,000 masters,
in 114 MB, for its peak memory.

    python benchmarks/read_ics.py [--masters N] [--rounds N]
"""

from __future__ import annotations

import argparse
import json
import platform
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterable
from datetime import date, datetime, timedelta
from hashlib import sha256
from pathlib import Path
from statistics import median
from typing import Any, NamedTuple, TypeAlias

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "benchmarks")]

import calendars  # noqa: E402 - the path comes first

RESULTS = ROOT / "benchmarks" / "results" / "read_ics.json"
ZONE = "Europe/Berlin"
CHANGED = 0.005
BIG = 100_000
GOALS = {
    "times faster than icalendar": 15.0,
    "times faster when read again": 10.0,
    "peak MB at 100,000 events": 400.0,
}
Untyped: TypeAlias = Any  # icalendar states no type for what a property holds
Moment: TypeAlias = "int | date"


class Run(NamedTuple):
    """One task in one process: CPU seconds, events, peak memory, and a digest of what it read."""

    cpu_s: float
    events: int
    peak_mb: float
    facts: str


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--masters", type=int, default=10_000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--task", choices=TASKS, help=argparse.SUPPRESS)
    parser.add_argument("files", nargs="*", type=Path, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.task:
        print(json.dumps(TASKS[given.task](*given.files)))
        return
    with tempfile.TemporaryDirectory() as folder:
        compare(Path(folder), given.masters, given.rounds)


def compare(folder: Path, masters: int, rounds: int) -> None:
    data = calendars.calendar(masters)
    before, after, big = folder / "before.ics", folder / "after.ics", folder / "big.ics"
    before.write_bytes(data)
    after.write_bytes(calendars.touched(data, CHANGED))
    runs: dict[str, list[Run]] = {"first": [], "again": [], "icalendar": []}
    for _ in range(rounds):
        runs["first"].append(run("first", before))
        runs["again"].append(run("again", before, after))
        runs["icalendar"].append(run("icalendar", before))
    if len({each.facts for each in (*runs["first"], *runs["icalendar"])}) > 1:
        raise SystemExit("the two read different things")
    big.write_bytes(calendars.calendar(BIG, contacts=5_000, years=10))
    runs["big"] = [run("first", big)]
    report(runs, {"file": len(data), "big file": big.stat().st_size})


def run(task: str, *files: Path) -> Run:
    command = [sys.executable, __file__, "--task", task, *map(str, files)]
    answer = subprocess.run(command, check=True, capture_output=True, text=True)
    return Run(*json.loads(answer.stdout))


def report(runs: dict[str, list[Run]], sizes: dict[str, int]) -> None:
    cpu = {task: median(each.cpu_s for each in found) for task, found in runs.items()}
    figures = {
        "times faster than icalendar": cpu["icalendar"] / cpu["first"],
        "times faster when read again": cpu["first"] / cpu["again"],
        "peak MB at 100,000 events": runs["big"][0].peak_mb,
    }
    for task, found in runs.items():
        speed = found[0].events / cpu[task]
        print(
            f"{task:10} {cpu[task]:8.3f} s {found[0].events:8,} events {speed:10,.0f}/s "
            f"peak {found[0].peak_mb:5.0f} MB"
        )
    for name, figure in figures.items():
        print(f"{name:30} {figure:8.1f}   goal {GOALS[name]:g}")
    result = {
        "machine": {"python": platform.python_version(), "rounds": len(runs["first"])},
        "bytes": sizes,
        "cpu_s": cpu,
        "events": {task: found[0].events for task, found in runs.items()},
        "peak_mb": {task: found[0].peak_mb for task, found in runs.items()},
        "figures": figures,
        "goals": GOALS,
    }
    RESULTS.parent.mkdir(exist_ok=True)
    RESULTS.write_text(json.dumps(result, indent=2) + "\n")


# ------------------------------------------------------------------ the tasks


def first(path: Path) -> Run:
    from connectors.ical.document import Limits, read

    data = path.read_bytes()
    limits = Limits(components=10 * BIG, bytes=10 * len(data))
    start = time.process_time()
    result = read(data, {}, zone=ZONE, limits=limits)
    cpu_s, peak = time.process_time() - start, peak_mb()
    if result.quarantined:
        raise SystemExit("something could not be read")
    events = [event for item in result.items for event in item.events]
    return Run(cpu_s, len(events), peak, digest(map(our_facts, events)))


def again(before: Path, after: Path) -> Run:
    from connectors.ical.document import Limits, read

    known = read(before.read_bytes(), {}, zone=ZONE, limits=Limits()).digests
    data = after.read_bytes()
    start = time.process_time()
    result = read(data, known, zone=ZONE, limits=Limits())
    cpu_s = time.process_time() - start
    changed = sum(len(item.events) for item in result.items)
    if not 0 < changed < 3 * CHANGED * data.count(b"BEGIN:VEVENT") + 10:
        raise SystemExit(f"{changed} events were read again")
    return Run(cpu_s, data.count(b"BEGIN:VEVENT"), peak_mb(), "")


def by_icalendar(path: Path) -> Run:
    import icalendar

    data = path.read_bytes()
    start = time.process_time()
    facts = [facts_of(event) for event in icalendar.Calendar.from_ical(data).walk("VEVENT")]
    cpu_s = time.process_time() - start
    return Run(cpu_s, len(facts), peak_mb(), digest(facts))


TASKS: dict[str, Callable[..., Run]] = {"first": first, "again": again, "icalendar": by_icalendar}


def peak_mb() -> float:
    """The most memory this process has had; ``ru_maxrss`` would count its parent's as well."""
    status = Path("/proc/self/status")
    if status.exists():
        line = next(each for each in status.read_text().splitlines() if each.startswith("VmHWM"))
        return int(line.split()[1]) / 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024 / 1024


# ------------------------------------------------------------------ what was read


def digest(facts: Iterable[tuple[object, ...]]) -> str:
    return sha256("\n".join(sorted(map(repr, facts))).encode()).hexdigest()


def facts_of(event: Untyped) -> tuple[object, ...]:
    instance = event.get("RECURRENCE-ID")
    return (
        str(event["UID"]),
        moment(event["DTSTART"].dt),
        moment(event["DTEND"].dt),
        None if instance is None else moment(instance.dt),
        str(event.get("SUMMARY", "")),
        str(event.get("LOCATION", "")),
        str(event.get("STATUS", "CONFIRMED")),
        str(event.get("TRANSP", "OPAQUE")) != "TRANSPARENT",
        str(event.get("CLASS", "PUBLIC")),
        int(event.get("SEQUENCE", 0)),
        moment(event["LAST-MODIFIED"].dt),
        str(event.get("ORGANIZER", "")).lower().removeprefix("mailto:"),
        [person(each) for each in listed(event.get("ATTENDEE"))],
        [sorted(each.to_ical().decode().split(";")) for each in listed(event.get("RRULE"))],
        [moment(day.dt) for each in listed(event.get("EXDATE")) for day in each.dts],
    )


def person(value: Untyped) -> tuple[str, str, str, bool]:
    given = value.params
    return (
        str(value).lower().removeprefix("mailto:"),
        str(given.get("CN", "")),
        str(given.get("PARTSTAT", "NEEDS-ACTION")),
        given.get("CUTYPE") not in {"ROOM", "RESOURCE", "GROUP"},
    )


def listed(value: Untyped) -> list[Untyped]:
    return value if isinstance(value, list) else [] if value is None else [value]


def moment(value: date) -> Moment:
    return int(value.timestamp()) if isinstance(value, datetime) else value


def our_facts(event: Untyped) -> tuple[object, ...]:
    series = event.recurrence
    return (
        event.uid,
        our_moment(event.start),
        our_end(event),
        None if event.recurrence_id is None else our_moment(event.recurrence_id),
        event.summary,
        event.location,
        event.status.value.upper(),
        event.busy,
        event.visibility.value.upper(),
        event.sequence,
        event.last_modified_s,
        event.organizer,
        [(each[0], each[1], each[2].value.upper(), each[3]) for each in event.attendees],
        [sorted(each.split(";")) for each in series.rules] if series else [],
        [our_moment(each) for each in series.excluded] if series else [],
    )


def our_moment(value: Untyped) -> Moment:
    from policies.wall import WallTime, absolute

    return absolute(value, ZONE) if isinstance(value, WallTime) else value


def our_end(event: Untyped) -> Moment:
    start = our_moment(event.start)
    if isinstance(start, int):
        return start + int(event.span.seconds)
    return start + timedelta(days=event.span.days)


if __name__ == "__main__":
    main()
