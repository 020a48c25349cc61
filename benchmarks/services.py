"""The daily run against Google, Microsoft Graph and CalDAV: a first reading, nothing new, a day.

`fika run` as a process, over sockets, on 20,000 entries: for the first time, once more with nothing
changed, and with 50 entries changed; a night between two runs, so that each renews its sign-in.
Google and Graph are the tests' strict servers, CalDAV is Radicale with 2,000 entries, since it
takes a minute to read so many; each a process of its own whose CPU is not counted. Requests are
counted by kind, bytes as they come through the socket. Waits are mostly the servers' own work.

Beside it stands what a script does: it reads the next months and the last years page by page, as
the service expands them, and keeps nothing; so every day costs it the same. Google's own client
library, `requests` for Graph; for CalDAV one query, read by icalendar and recurring-ical-events.

First both have to come to the instances the calendar was made with.

    python benchmarks/services.py [google] [graph] [caldav] [--entries N] [--rounds N]
"""

from __future__ import annotations

import argparse
import json
import os
import sqlite3
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing
from datetime import UTC, datetime
from itertools import starmap
from pathlib import Path
from typing import Any, NamedTuple

BESIDE = Path(__file__).resolve().parent
sys.path[:0] = [str(BESIDE.parent), str(BESIDE)]

import meetings  # noqa: E402 - the path comes first
from meetings import AHEAD, BACK, Happens, Meeting  # noqa: E402
from processes import cost, keep  # noqa: E402

BIN = Path(sys.executable).parent
ENTRIES = {"google": 20_000, "graph": 20_000, "caldav": 2_000}
CHANGED, PEOPLE = 50, 300
OURS = "Planning: relationships"
CONFIG = f"""[owner]
name = "Olle Owner"
addresses = ["{meetings.OWNER}"]
zone = "{meetings.ZONE}"
"""
Json = dict[str, Any]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("services", nargs="*", default=list(ENTRIES))
    parser.add_argument("--entries", type=int)
    parser.add_argument("--rounds", type=int, default=3)
    given = parser.parse_args()
    figures = {
        name: compare(name, given.entries or ENTRIES[name], given.rounds) for name in given.services
    }
    if figures.keys() == ENTRIES.keys() and not given.entries:
        keep("services", {"entries": ENTRIES, "changed": CHANGED, **figures})


def compare(name: str, entries: int, rounds: int) -> Json:
    now = datetime.now(UTC)
    every = meetings.meetings(entries, now, people=PEOPLE)
    with tempfile.TemporaryDirectory() as folder, Servant(name, Path(folder), entries) as servant:
        home = household(Path(folder), servant)
        fika = [str(BIN / "fika"), "run"]
        around = {"FIKA_HOME": str(home), **servant.environment}
        figures = {"first": measured(fika, servant, around)}
        check("fika", kept(home), every, now)
        measured(fika, servant, around)  # what it entered itself is news to it once
        figures["unchanged"] = middle(measured(fika, servant, around) for _ in range(rounds))
        days = []
        for day in range(1, rounds + 1):
            every = meetings.after(every, CHANGED, day)
            servant.ask({"day": day, "changed": CHANGED})
            days.append(measured(fika, servant, around))
            check("fika", kept(home), every, now)
        figures["changed"] = middle(days)
        script = [sys.executable, str(BESIDE / "scripts.py"), name, *servant.script]
        done = subprocess.run([*script, "--show"], stdout=subprocess.PIPE, check=True)
        check("the script", json.loads(done.stdout), every, now)
        figures["script"] = middle(measured(script, servant, {}) for _ in range(rounds))
    report(name, figures)
    return {state: each._asdict() for state, each in figures.items()}


class Run(NamedTuple):
    """What one run cost, and what went over the line: requests by kind, bytes out and in."""

    cpu_s: float
    peak_mb: float
    wall_s: float
    requests: dict[str, int]
    sent: int
    received: int


def measured(command: Sequence[str], servant: Servant, environment: dict[str, str]) -> Run:
    servant.ask({})
    spent = cost(command, runs=1, environment=environment, warm=False)
    return Run(*spent, **servant.ask({}))


def middle(runs: Iterable[Run]) -> Run:
    """The one with the median CPU."""
    every = sorted(runs, key=lambda each: each.cpu_s)
    return every[len(every) // 2]


def report(name: str, figures: dict[str, Run]) -> None:
    for state, run in figures.items():
        size = f"{run.sent / 1e3:8.1f} kB out {run.received / 1e6:8.3f} MB in"
        spent = f"{run.cpu_s:6.2f} s CPU {run.peak_mb:4.0f} MB {run.wall_s:6.1f} s"
        asked = ", ".join(f"{number} {kind}" for kind, number in sorted(run.requests.items()))
        print(f"{name:7} {state:10} {spent} {size}  {asked}", flush=True)


# ---------------------------------------------------------------- the gate: equal instances


def check(who: str, found: Iterable[Iterable[Any]], every: list[Meeting], now: datetime) -> None:
    """Whether they are those of the meetings, each once, in the window; planning slots aside."""
    start_s, end_s = (int(each.timestamp()) for each in (now - BACK, now + AHEAD))
    came = [each for each in starmap(Happens, found) if not each.title.startswith(OURS)]
    made = [each for meeting in every for each in meeting.happens()]
    right, there = (
        sorted(each for each in some if start_s <= each.start_s < end_s) for some in (made, came)
    )
    wrong = set(right) ^ set(there)
    assert right == there, f"{who}: {len(wrong)} instances differ: {sorted(wrong)[:4]}"


def kept(home: Path) -> Iterator[Happens]:
    """The instances in the store, apart from those called off."""
    from policies.calendar.codec import decode
    from policies.calendar.event import Status

    with closing(sqlite3.connect(home / "fika.db")) as db:
        rows = db.execute(
            "SELECT o.item, i.body, o.event, o.start_s, o.end_s"
            " FROM occurrence o JOIN item i ON i.id = o.item WHERE i.left_s IS NULL"
        ).fetchall()
    items = {number: decode(body) for number, body, *_ in rows}
    for number, _, event, start_s, end_s in rows:
        entry = items[number].events[event]
        if entry.status is not Status.CANCELLED:
            yield Happens(entry.summary, start_s, end_s)


# ---------------------------------------------------------------- the two sides


def household(folder: Path, servant: Servant) -> Path:
    """A state folder with the service's calendar and 300 people."""
    home = folder / "home"
    (home / "config.toml").write_text(CONFIG + servant.configuration)
    listed = "".join(
        f"Person {number},person{number}@example.com,{'ABCD'[number % 4]}\n"
        for number in range(PEOPLE)
    )
    (folder / "people.csv").write_text("name,email,priority\n" + listed)
    command = [str(BIN / "fika"), "people", "import", str(folder / "people.csv"), "--yes"]
    environment = {**os.environ, "FIKA_HOME": str(home), **servant.environment}
    subprocess.run(command, env=environment, check=True, stdout=subprocess.DEVNULL)
    return home


class Servant:
    """The service in a process of its own, which answers to lines of JSON; see `servants`."""

    def __init__(self, name: str, folder: Path, entries: int) -> None:
        script = str(BESIDE / "servants.py")
        command = [sys.executable, script, name, str(folder), str(entries), str(PEOPLE)]
        self._process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        said = self._line()
        self.configuration: str = said["configuration"]
        self.environment: dict[str, str] = said["environment"]
        self.script: list[str] = said["script"]

    def __enter__(self) -> Servant:
        return self

    def __exit__(self, *_: object) -> None:
        self._process.communicate()

    def ask(self, what: Json) -> Json:
        """Have it change things, and tell what went over its line since it was asked last."""
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps(what) + "\n")
        self._process.stdin.flush()
        return self._line()

    def _line(self) -> Json:
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        if not line:
            raise SystemExit("the service stopped")
        said: Json = json.loads(line)
        return said


if __name__ == "__main__":
    main()
