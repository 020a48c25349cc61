"""A day's run of `fika` beside the same day on the usual stack, each a process of its own.

A calendar of 10,000 entries with series, 300 people, 50 entries changed since yesterday; with
--heavy 100,000 entries, up to ten years old, and 5,000 people. No network. It is about today, for
both.

- fika: `fika run`, all of it: the changed file found and its changed entries read, evidence, audit,
  planning slots, proposals with their letters, the digest;
- usual: SQLAlchemy Core on SQLite, dateutil for the series, merged intervals for free time, SciPy's
  MILP for who gets which. It is handed the changed entries already read, knows one status, one
  length and one set of hours, and writes no letters: its work is a part of what fika does.

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
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, NamedTuple

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "benchmarks")]

import calendars  # noqa: E402 - the path comes first
from processes import Cost, cost, keep, surroundings  # noqa: E402

BIN = Path(sys.executable).parent
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
Untyped = Any  # the peers state no types worth having here


class Size(NamedTuple):
    """How much there is."""

    entries: int
    people: int
    years: int


class Costs(NamedTuple):
    """Of the changed entries, of a run after that with nothing changed, and of the peer."""

    fika: list[Cost]
    unchanged: list[Cost]
    usual: list[Cost]


TYPICAL, HEAVY = Size(10_000, 300, 2), Size(100_000, 5_000, 10)


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--heavy", action="store_true")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--usual", nargs=2, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.usual:
        usual(*map(Path, given.usual))
        return
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
    found = Costs([], [], [])
    for number in range(rounds):
        work.write_bytes(yesterday if number % 2 else today)
        for costs in (found.fika, found.unchanged):
            costs.append(cost([*fika, "run"], runs=1, environment=environment, warm=False))
        command = [sys.executable, __file__, "--usual", str(store), str(changes)]
        found.usual.append(cost(command, runs=1, warm=False))
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
    names = {"fika": "fika run", "unchanged": "with nothing changed", "usual": "usual stack"}
    every = found._asdict()
    cpu = {name: statistics.median(each.cpu_s for each in some) for name, some in every.items()}
    peak = {name: max(each.peak_mb for each in some) for name, some in every.items()}
    print(f"{size.entries:,} entries, {size.people:,} people, {CHANGED} entries changed")
    for name, label in names.items():
        print(f"{label:<20} {cpu[name]:7.2f} s CPU {peak[name]:6.0f} MB")
    print(f"the usual stack takes {times:.1f} times fika's CPU   goal {GOALS[heavy]['cpu']:g}")
    keep(
        "usual-heavy" if heavy else "usual",
        {
            **size._asdict(),
            "changed": CHANGED,
            "cpu_s": cpu,
            "peak_mb": peak,
            "times": times,
            "goals": GOALS[heavy],
        },
    )


# ---------------------------------------------------------------- the day before, not timed


class Row(NamedTuple):
    """An entry as the usual stack keeps it: naive local start, its rule, its guests."""

    uid: str
    start: str
    zone: str
    minutes: int
    rule: str
    guests: str


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


def tables(store: Path) -> tuple[Untyped, Untyped, Untyped]:
    import sqlalchemy as sa

    engine = sa.create_engine(f"sqlite:///{store}")
    schema = sa.MetaData()
    event = sa.Table(
        "event",
        schema,
        sa.Column("uid", sa.String, primary_key=True),
        *(sa.Column(name, sa.String) for name in ("start", "zone", "rule", "guests")),
        sa.Column("minutes", sa.Integer),
    )
    person = sa.Table(
        "person",
        schema,
        sa.Column("address", sa.String, primary_key=True),
        sa.Column("gap", sa.Integer),
    )
    schema.create_all(engine)
    return engine, event, person


# ---------------------------------------------------------------- the day, on the usual stack


def usual(store: Path, changes: Path) -> None:
    """Take the changes in, see who is overdue, find times, assign them, print who is met when."""
    import sqlalchemy as sa
    from sqlalchemy.dialects.sqlite import insert

    engine, event, person = tables(store)
    with engine.begin() as connection:
        statement = insert(event)
        others = {c.name: statement.excluded[c.name] for c in event.columns if c.name != "uid"}
        connection.execute(
            statement.on_conflict_do_update(["uid"], set_=others),
            [Row(*each)._asdict() for each in json.loads(changes.read_text())],
        )
        entries = connection.execute(sa.select(event)).all()
        gaps = dict(connection.execute(sa.select(person.c.address, person.c.gap)).tuples().all())
    now = datetime.combine(datetime.now(UTC), datetime.min.time(), UTC)
    last, booked, busy = stand(entries, gaps, now)
    overdue = sorted(
        (
            ((now.timestamp() - last.get(each, 0)) / 86_400 / gap, each)
            for each, gap in gaps.items()
            if each not in booked and now.timestamp() - last.get(each, 0) > gap * 86_400
        ),
        reverse=True,
    )[:200]
    for each, start_s in sorted(placed(overdue, busy, now).items()):
        print(each, datetime.fromtimestamp(start_s, UTC).isoformat())


def stand(
    entries: Untyped, people: dict[str, int], now: datetime
) -> tuple[dict[str, float], set[str], list[tuple[int, int]]]:
    """Last contact by address, who has a meeting booked, and what takes the next eight weeks."""
    last: dict[str, float] = {}
    booked: set[str] = set()
    busy: list[tuple[int, int]] = []
    now_s = now.timestamp()
    for entry in entries:
        guests = [each for each in entry.guests.partition("|")[0].split(",") if each in people]
        for start in instances(entry, now):
            end_s = start + entry.minutes * 60
            if end_s > now_s:
                busy.append((int(start), int(end_s)))
            for guest in guests if len(guests) <= 3 else ():
                if end_s <= now_s:
                    last[guest] = max(last.get(guest, 0), start)
                elif start > now_s:
                    booked.add(guest)
    return last, booked, sorted(busy)


def instances(entry: Untyped, now: datetime) -> Iterator[float]:
    """The starts from 900 days ago to eight weeks from now, in absolute seconds."""
    from zoneinfo import ZoneInfo

    from dateutil.rrule import rrulestr

    start, zone = datetime.fromisoformat(entry.start), ZoneInfo(entry.zone)
    first, until = now - timedelta(days=900), now + timedelta(weeks=8)
    if not entry.rule:
        at = start.replace(tzinfo=zone)
        if first <= at < until:
            yield at.timestamp()
        return
    rule = rrulestr(naive(entry.rule), dtstart=start)
    for local in rule.between(first.replace(tzinfo=None), until.replace(tzinfo=None), inc=True):
        yield local.replace(tzinfo=zone).timestamp()


def naive(rule: str) -> str:
    """UNTIL on the local clock, as a naive start asks for."""
    parts = (part.rstrip("Z") if part.startswith("UNTIL=") else part for part in rule.split(";"))
    return ";".join(parts)


def placed(
    overdue: list[tuple[float, str]], busy: list[tuple[int, int]], now: datetime
) -> dict[str, int]:
    """Who gets which start of the next three weeks: at most one a day and three a week."""
    import numpy as np
    from scipy.optimize import Bounds, LinearConstraint, milp
    from scipy.sparse import csr_matrix
    from slots import listed, without

    open_s = [
        (at + 9 * 3_600, at + 17 * 3_600)
        for day in range(2, 21)
        for at in [int(now.timestamp()) + day * 86_400]
        if (now + timedelta(days=day)).weekday() < 5
    ]
    starts = listed(without(open_s, [(a - 900, b + 900) for a, b in busy]))
    pairs = [(who, lateness, at) for lateness, who in overdue[:3] for at in starts]
    if not pairs:
        return {}
    names: dict[object, int] = {}
    lines, columns, most = [], [], []
    for column, (who, _, at) in enumerate(pairs):
        day = at // 86_400
        for name, limit in ((who, 1), (("day", day), 1), (("week", (day + 3) // 7), 3)):
            if name not in names:
                names[name] = len(names)
                most.append(limit)
            lines.append(names[name])
            columns.append(column)
    matrix: Untyped = csr_matrix((np.ones(len(lines)), (lines, columns)))
    worth = np.array([late * (10 + 3 * (at % 86_400 == 36_000)) for _, late, at in pairs])
    result: Untyped = milp(
        -worth,
        constraints=LinearConstraint(matrix, -np.inf, np.array(most)),
        bounds=Bounds(0, 1),
        integrality=np.ones(len(pairs)),
    )
    return {
        pairs[column][0]: pairs[column][2] for column in np.flatnonzero(result.x > 0.5).tolist()
    }


if __name__ == "__main__":
    main()
