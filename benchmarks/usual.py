"""A day's run of `fika` beside the same day on the usual stack, each a process of its own.

A calendar of 10,000 entries with series, 300 people, 50 entries changed since yesterday; with
--heavy 100,000 entries, up to ten years old, and 5,000 people. No network. It is about today, for
both.

- fika: `fika run`, all of it: the changed file found and its changed entries read, evidence, audit,
  planning slots, proposals with their letters, the digest;
- usual: SQLAlchemy Core on SQLite, dateutil for the series, merged intervals for free time, SciPy's
  MILP for who gets which. It knows one status, one length and one set of hours, and writes no
  letters: its work is a part of what fika does. It is timed twice: handed the changed entries
  already read, and, as fika is, handed the calendar, which it reads with icalendar. Both must see
  the same entries changed.

So many meetings leave no time free, in either answer. The usual stack loads SciPy and has nothing
to solve; fika looks for what could give way, for each of those who cannot be met.

Neither is timed on the day before. CPU seconds and peak memory, in turns; beside them fika with
nothing changed.

    python benchmarks/usual.py [--heavy] [--rounds N]
"""

from __future__ import annotations

import argparse
import json
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "benchmarks")]

import calendars  # noqa: E402 - the path comes first
from processes import Cost, cost, keep, surroundings  # noqa: E402
from usual_day import Row, tables  # noqa: E402

BIN = Path(sys.executable).parent
PEER = [sys.executable, str(ROOT / "benchmarks" / "usual_day.py")]
CHANGED = 50
GOALS: dict[bool, dict[str, float]] = {
    False: {"cpu": 7.0},
    True: {"cpu": 30.0, "peak_mb": 50.0},
}
ZONE = "Europe/Berlin"
CONFIG = """[owner]
name = "Olle Owner"
addresses = ["olle@example.com"]
zone = "Europe/Berlin"

[[calendar]]
name = "work"
path = "work.ics"

[[calendar]]
name = "planning"
path = "planning"

[write]
calendar = "planning"

[limits]
bytes = 268435456
"""


class Size(NamedTuple):
    """How much there is."""

    entries: int
    people: int
    years: int


class Costs(NamedTuple):
    """Of the changed entries, of a run after that with nothing changed, and of the peer.

    ``reading``: of the peer that reads the calendar itself.
    """

    fika: list[Cost]
    unchanged: list[Cost]
    usual: list[Cost]
    reading: list[Cost]


TYPICAL, HEAVY = Size(10_000, 300, 2), Size(100_000, 5_000, 10)


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--heavy", action="store_true")
    parser.add_argument("--rounds", type=int, default=3)
    given = parser.parse_args()
    size = HEAVY if given.heavy else TYPICAL
    with tempfile.TemporaryDirectory() as folder:
        compare(Path(folder), size, given.rounds, heavy=given.heavy)


def compare(folder: Path, size: Size, rounds: int, *, heavy: bool) -> None:
    yesterday = calendars.calendar(
        size.entries, contacts=size.people, years=size.years, today=datetime.now(UTC).date()
    )
    today = calendars.touched(yesterday, CHANGED / size.entries)
    home = folder / "home"
    home.mkdir(mode=0o700)
    (home / "planning").mkdir()
    (home / "config.toml").write_text(CONFIG)
    listed = "name,email,priority\n" + "".join(
        f"Person {number},person{number}@example.com,{'ABCD'[number % 4]}\n"
        for number in range(size.people)
    )
    (folder / "people.csv").write_text(listed)
    environment = {"FIKA_HOME": str(home)}
    fika = [str(BIN / "fika")]
    once([*fika, "people", "import", str(folder / "people.csv"), "--yes"], home)
    work = home / "work.ics"
    work.write_bytes(yesterday)
    once([*fika, "run"], home)
    store, changes = folder / "usual.db", folder / "changes.json"
    prepare(yesterday, today, size, store, changes)
    found = Costs([], [], [], [])
    for number in range(rounds):
        work.write_bytes(yesterday if number % 2 else today)
        for costs in (found.fika, found.unchanged):
            costs.append(cost([*fika, "run"], runs=1, environment=environment, warm=False))
        found.usual.append(cost([*PEER, str(store), str(changes)], runs=1, warm=False))
        if not (heavy and number):  # it takes minutes
            store = folder / f"{number}.db"
            prepare(yesterday, today, size, store, changes)
            work.write_bytes(today)
            reads = [*PEER, str(store), str(changes), str(work)]
            found.reading.append(cost(reads, runs=1, warm=False))
    report(size, found, heavy=heavy)


def once(command: list[str], home: Path) -> None:
    environment = surroundings({"FIKA_HOME": str(home)})
    done = subprocess.run(command, env=environment, capture_output=True, check=False)
    if done.returncode:
        raise SystemExit(f"{' '.join(command)}: {done.stderr.decode()[-500:]}")


def report(size: Size, found: Costs, *, heavy: bool) -> None:
    times = statistics.median(
        their.cpu_s / our.cpu_s for our, their in zip(found.fika, found.usual, strict=True)
    )
    names = {
        "fika": "fika run",
        "unchanged": "with nothing changed",
        "usual": "usual stack, handed the changes",
        "reading": "usual stack, handed the calendar",
    }
    every = found._asdict()
    cpu = {name: statistics.median(each.cpu_s for each in some) for name, some in every.items()}
    peak = {name: max(each.peak_mb for each in some) for name, some in every.items()}
    print(f"{size.entries:,} entries, {size.people:,} people, {CHANGED} entries changed")
    for name, label in names.items():
        print(f"{label:<33} {cpu[name]:7.2f} s CPU {peak[name]:6.0f} MB")
    whole = cpu["reading"] / cpu["fika"]
    print(
        f"the usual stack takes {times:.1f} times fika's CPU, and {whole:.0f} times when it reads"
    )
    print(f"goal {GOALS[heavy]['cpu']:g}")
    keep(
        "usual-heavy" if heavy else "usual",
        {
            **size._asdict(),
            "changed": CHANGED,
            "cpu_s": cpu,
            "peak_mb": peak,
            "times": times,
            "times_reading": whole,
            "goals": GOALS[heavy],
        },
    )


# ---------------------------------------------------------------- the day before, not timed


def prepare(yesterday: bytes, today: bytes, size: Size, store: Path, changes: Path) -> None:
    before, after = dict(rows(yesterday)), dict(rows(today))
    changed = [row for uid, row in after.items() if before[uid] != row]
    changes.write_text(json.dumps(changed))
    import sqlalchemy as sa

    engine, event, person = tables(store)
    with engine.begin() as connection:
        connection.execute(sa.insert(event), [row._asdict() for row in before.values()])
        connection.execute(
            sa.insert(person),
            [
                {"address": f"person{number}@example.com", "gap": (21, 60, 180, 365)[number % 4]}
                for number in range(size.people)
            ],
        )


def rows(data: bytes) -> Iterator[tuple[str, Row]]:
    from connectors.ical.document import Limits, read
    from policies.wall import WallTime

    limits = Limits(components=10**7, bytes=2 * len(data))
    for item in read(data, {}, zone=ZONE, limits=limits).items:
        event = item.events[0]
        if not isinstance(event.start, WallTime):
            continue
        rule = event.recurrence.rules[0] if event.recurrence and event.recurrence.rules else ""
        zone = event.start.zone if isinstance(event.start.zone, str) else ZONE
        guests = ",".join(each.address for each in event.attendees)
        local = event.start.local.isoformat()
        yield (
            event.uid,
            Row(
                event.uid, local, zone, event.span.seconds // 60, rule, guests + "|" + event.summary
            ),
        )


if __name__ == "__main__":
    main()
