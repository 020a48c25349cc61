"""`fika audit` on a store that was read before: the whole process, as a person starts it.

Two stores are built through the code that reads calendars: 300 people with 20,000 occurrences,
and 5,000 people with 60,000. Each command runs as a process of its own; its CPU time is what the
kernel counts (user and system), the smallest of several runs, for other work on the machine only
ever adds. Beside it stand a bare interpreter and the two libraries every such command loads.

    python benchmarks/audit.py [--runs N]
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import random
import resource
import subprocess
import sys
import tempfile
import time
from datetime import date, timedelta
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from agent.clock import SystemClock  # noqa: E402 - the path comes first
from agent.store import calendars, items, people  # noqa: E402
from agent.store.database import Database  # noqa: E402
from agent.store.derived import Derived  # noqa: E402
from connectors.port import Changes, Cursor  # noqa: E402
from policies.audit.evidence import judge  # noqa: E402
from policies.calendar.event import Attendee, CalendarItem, Event, Recurrence, Response, Span  # noqa: E402
from policies.calendar.occurrence import Occurrence  # noqa: E402
from policies.people.person import Person, PersonId, Priority, Relation  # noqa: E402
from policies.rules import EvidenceRules  # noqa: E402
from policies.slots.occupancy import occupies  # noqa: E402
from policies.wall import WallTime, local_datetime, seconds  # noqa: E402

BUDGET_MS = 300
OWNER = "olle@example.com"
ZONE = "Europe/Berlin"
CONFIG = f"""
[owner]
name = "Olle Owner"
addresses = ["{OWNER}"]
zone = "{ZONE}"

[[calendar]]
name = "work"
path = "work.ics"

[[calendar]]
name = "private"
path = "private.ics"
"""
SIZES = (1, 1, 1, 1, 2, 2, 3, 5, 7, 20)
SERIES_LENGTH = 50
DAY_S = 86_400
WEEK_S = 7 * DAY_S
TITLES = ("1:1 {}", "Coffee with {}", "Budget review", "Jour fixe Größe", "Lunch: {}", "Committee")


def build(home: Path, persons: int, occurrences: int) -> None:
    """A store as the daily run leaves it: half the meetings are of series, half single."""
    chance = random.Random(persons)
    home.mkdir(mode=0o700)
    (home / "config.toml").write_text(CONFIG, "utf-8")
    now_s = seconds(SystemClock().now())
    everyone = [_person(number, chance) for number in range(persons)]
    with Database(home) as db:
        with db.transaction() as sql:
            for person in everyone:
                people.save(sql, person)
        for name in ("work", "private"):
            _fill(db, name, everyone, occurrences // 2, now_s, chance)


def _person(number: int, chance: random.Random) -> Person:
    return Person(
        id=PersonId(f"person-{number}"),
        name=f"Person Nümber {number}",
        addresses=(f"person.{number}@example.org",),
        priority=chance.choice(list(Priority)),
        relation=chance.choice(list(Relation)),
        listed_on=date(2025, 1, 1) + timedelta(days=chance.randrange(200)),
        groups=("committee",) if number % 5 == 0 else (),
    )


def _fill(
    db: Database, name: str, everyone: list[Person], count: int, now_s: int, chance: random.Random
) -> None:
    owner, rules = frozenset({OWNER}), EvidenceRules()
    lengths = [SERIES_LENGTH] * (count // SERIES_LENGTH // 2) + [1] * (count // 2)
    found = {
        f"{name}-{number}": _meetings(f"{name}-{number}", length, everyone, now_s, chance)
        for number, length in enumerate(lengths)
    }

    def derive(item: CalendarItem) -> Derived:
        return Derived(
            found[item.id],
            "",
            [judge(event, owner, rules) for event in item.events],
            [occupies(event, owner) for event in item.events],
        )

    changed = tuple(CalendarItem(uid, "1", (each[0].event,)) for uid, each in found.items())
    row = calendars.calendar(db, name)
    changes = Changes(Cursor("1"), changed, total=len(changed))
    window = (now_s - 900 * DAY_S, now_s + 180 * DAY_S)
    with db.transaction() as sql:
        items.apply(sql, row, changes, derive, window=window, derived_by="", now_s=now_s)


def _meetings(
    uid: str, length: int, everyone: list[Person], now_s: int, chance: random.Random
) -> list[Occurrence]:
    """The occurrences of one event: a weekly series where ``length`` is more than one."""
    guests = chance.sample(everyone, chance.choice(SIZES))
    answers = [chance.choice(list(Response)) for _ in guests]
    start_s = now_s - chance.randrange(-180 * DAY_S, 900 * DAY_S)
    event = Event(
        uid=uid,
        start=WallTime(local_datetime(start_s, ZONE), ZONE),
        span=Span(0, 1_800),
        summary=chance.choice(TITLES).format(guests[0].name),
        location="Café Ljung",
        organizer=OWNER,
        recurrence=Recurrence(rules=("FREQ=WEEKLY",)) if length > 1 else None,
        attendees=tuple(
            Attendee(guest.addresses[0], guest.name, answer)
            for guest, answer in zip(guests, answers, strict=True)
        ),
    )
    starts = range(start_s, start_s - length * WEEK_S, -WEEK_S)
    return [Occurrence(event, at, at + 1_800, at if length > 1 else None) for at in starts]


def measure(command: list[str], home: Path, runs: int) -> dict[str, float]:
    """Milliseconds of CPU and of waiting, the least of several runs, and what it printed."""
    environment = {**os.environ, "FIKA_HOME": str(home), "PYTHONDONTWRITEBYTECODE": ""}
    cpu, wall, printed = [], [], b""
    for _ in range(runs):
        before, began = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
        printed = subprocess.run(
            command, cwd=ROOT, env=environment, check=True, capture_output=True
        ).stdout
        wall.append(time.perf_counter() - began)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        cpu.append(after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)
    return {
        "cpu_ms": round(min(cpu) * 1_000, 1),
        "wall_ms": round(min(wall) * 1_000, 1),
        "lines": printed.count(b"\n"),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--runs", type=int, default=7)
    runs = parser.parse_args().runs
    fika = [sys.executable, "-m", "agent"]
    with tempfile.TemporaryDirectory() as folder:
        small, large = Path(folder, "small"), Path(folder, "large")
        build(small, 300, 20_000)
        build(large, 5_000, 60_000)
        commands = {
            "bare interpreter": ([sys.executable, "-c", "pass"], small),
            "import click, rich.console": (
                [sys.executable, "-c", "import click, rich.console"],
                small,
            ),
            "fika audit, 300 people, 20,000 occurrences": ([*fika, "audit"], small),
            "fika audit --json": ([*fika, "audit", "--json"], small),
            "fika why, one person": ([*fika, "why", "person-7"], small),
            "fika audit, 5,000 people, 60,000 occurrences": ([*fika, "audit"], large),
        }
        found = {name: measure(*each, runs) for name, each in commands.items()}
    for name, each in found.items():
        print(f"{name:48} {each['cpu_ms']:8.1f} ms CPU {each['wall_ms']:8.1f} ms wall")
    result = ROOT / "benchmarks" / "results" / "audit.json"
    result.parent.mkdir(exist_ok=True)
    machine = {"python": platform.python_version(), "cpus": os.cpu_count(), "runs": runs}
    result.write_text(json.dumps({"machine": machine, "measured": found}, indent=2) + "\n")
    shown = found["fika audit, 300 people, 20,000 occurrences"]
    assert shown["lines"] > 300, "not everyone was shown"
    assert shown["cpu_ms"] <= BUDGET_MS, f"over the budget of {BUDGET_MS} ms"


if __name__ == "__main__":
    main()
