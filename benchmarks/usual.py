"""A day's run of `fika` beside the same day on the usual stack, each a process of its own.

A calendar of 10,000 entries with series and 300 people; with --heavy 100,000 entries, up to ten
years old, and 5,000 people. No network. It is about today, for both, in two ways:

- 50 new entries come: fika finds them in a small calendar beside the large one; the usual stack is
  handed them, read already;
- the large calendar is exported again, 50 of its entries changed: both read it, the usual stack
  with icalendar. Both must see the same entries changed.

The two:

- fika: `fika run`, all of it: what changed found and read, evidence, audit, planning slots,
  proposals with their letters, the digest;
- usual: SQLAlchemy Core on SQLite, dateutil for the series, merged intervals for free time, SciPy's
  MILP for who gets which. It knows one status, one length and one set of hours, and writes no
  letters: its work is a part of what fika does.

So many meetings leave no time free, in either answer. The usual stack loads SciPy and has nothing
to solve; fika looks for what could give way, for each of those who cannot be met.

Neither is timed on the day before. CPU seconds and peak memory, in turns; beside them fika with
nothing changed.

    python benchmarks/usual.py [--heavy] [--rounds N]
"""

from __future__ import annotations

import argparse
import json
import re
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable, Iterator
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
TOUCHED = b"\r\nSUMMARY:Moved "
SETTLED_S = 2.5  # a file younger than that is not trusted to stay as it is
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
name = "news"
path = "news.ics"

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
    """Of new entries, of a large calendar exported again, of a day without news; and the peer's."""

    new: list[Cost]
    exported: list[Cost]
    unchanged: list[Cost]
    usual_new: list[Cost]
    usual_exported: list[Cost]


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
    work, small, export = home / "work.ics", home / "news.ics", folder / "today.ics"
    export.write_bytes(today)
    work.write_bytes(yesterday)
    small.write_bytes(news(today, 0))
    once([*fika, "run"], home)
    before, after = dict(rows(yesterday)), dict(rows(today))
    changed = [row for uid, row in after.items() if before[uid] != row]
    store, changes = folder / "usual.db", folder / "changes.json"
    prepare(before.values(), size, store)
    found = Costs([], [], [], [], [])
    for number in range(rounds):
        small.write_bytes(news(today, number + 1))
        changes.write_text(json.dumps([row for _, row in rows(small.read_bytes())]))
        ran(found.new, [*fika, "run"], environment)
        ran(found.usual_new, [*PEER, str(store), str(changes)])
        work.write_bytes(yesterday if number % 2 else today)
        ran(found.exported, [*fika, "run"], environment)
        time.sleep(SETTLED_S)
        once([*fika, "run"], home)
        ran(found.unchanged, [*fika, "run"], environment)
        if not (heavy and number):  # it takes minutes
            again = folder / f"{number}.db"
            prepare(before.values(), size, again)
            changes.write_text(json.dumps(changed))
            ran(found.usual_exported, [*PEER, str(again), str(changes), str(export)])
    report(size, found, heavy=heavy)


def ran(costs: list[Cost], command: list[str], environment: dict[str, str] | None = None) -> None:
    costs.append(cost(command, runs=1, environment=environment, warm=False))


def news(today: bytes, number: int) -> bytes:
    """A small calendar of the entries that changed since yesterday, each as one of its own."""
    head, *events = today.split(b"BEGIN:VEVENT\r\n")
    moved = [each.partition(b"END:VCALENDAR")[0] for each in events if TOUCHED in each]
    own = [re.sub(rb"(?m)^UID:", b"UID:%d-" % number, each) for each in moved]
    return b"BEGIN:VEVENT\r\n".join([head, *own]) + b"END:VCALENDAR\r\n"


def once(command: list[str], home: Path) -> None:
    environment = surroundings({"FIKA_HOME": str(home)})
    done = subprocess.run(command, env=environment, capture_output=True, check=False)
    if done.returncode:
        raise SystemExit(f"{' '.join(command)}: {done.stderr.decode()[-500:]}")


def report(size: Size, found: Costs, *, heavy: bool) -> None:
    names = {
        "new": "fika, new entries",
        "exported": "fika, calendar exported again",
        "unchanged": "fika, nothing changed",
        "usual_new": "usual stack, handed new entries",
        "usual_exported": "usual stack, exported again",
    }
    every = found._asdict()
    cpu = {name: statistics.median(each.cpu_s for each in some) for name, some in every.items()}
    peak = {name: max(each.peak_mb for each in some) for name, some in every.items()}
    print(f"{size.entries:,} entries, {size.people:,} people, {CHANGED} entries new or changed")
    for name, label in names.items():
        print(f"{label:<33} {cpu[name]:7.2f} s CPU {peak[name]:6.0f} MB")
    new = cpu["usual_new"] / cpu["new"]
    exported = cpu["usual_exported"] / cpu["exported"]
    print(f"the usual stack takes {new:.1f} times as much for new entries,")
    print(f"{exported:.0f} times where the calendar is read; goal {GOALS[heavy]['cpu']:g}")
    keep(
        "usual-heavy" if heavy else "usual",
        {
            **size._asdict(),
            "changed": CHANGED,
            "cpu_s": cpu,
            "peak_mb": peak,
            "times_new": new,
            "times_exported": exported,
            "goals": GOALS[heavy],
        },
    )


# ---------------------------------------------------------------- the day before, not timed


def prepare(entries: Iterable[Row], size: Size, store: Path) -> None:
    import sqlalchemy as sa

    engine, event, person = tables(store)
    with engine.begin() as connection:
        connection.execute(sa.insert(event), [row._asdict() for row in entries])
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
