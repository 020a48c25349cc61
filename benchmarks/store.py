"""The store: 107,000 events with 258,000 attendances, a day's change, and everyone's state.

- first: one reading goes into an empty store, `agent.store.items.apply`, each entry whole; beside
  it SQLAlchemy Core, which puts ten columns of each meeting, and the attendances, into two tables,
  by upsert;
- as text: writing each entry as the text the store keeps, which is part of the first; the rest
  of it, the rows, is what SQLAlchemy Core does too;
- delta: 54 of the events come changed;
- contacts: last, next, number and last seen of 5,000 people, `agent.store.meetings.contacts`;
- audit: the same with status, rank and the people themselves, `audit.lines`; beside both
  warm DuckDB, one thread, with last, next, number and status in one query.

What meetings prove is derived beforehand, for both. CPU seconds, medians, each task in turns.

    python benchmarks/store.py [--events N] [--rounds N]
"""

from __future__ import annotations

import argparse
import random
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "benchmarks")]

from processes import keep  # noqa: E402 - the path comes first

from agent.relationships import audit as audits  # noqa: E402
from agent.settings import CalendarSettings, Settings, SourceKind  # noqa: E402
from agent.store import calendars, items, meetings, people  # noqa: E402
from agent.store.database import Database  # noqa: E402
from agent.store.derived import Derived  # noqa: E402
from connectors.port import Changes, Cursor  # noqa: E402
from policies.audit.evidence import judge  # noqa: E402
from policies.calendar import codec  # noqa: E402
from policies.calendar.event import Attendee, CalendarItem, Event, Response, Span  # noqa: E402
from policies.calendar.occurrence import Occurrence  # noqa: E402
from policies.people.person import Person, PersonId, Priority  # noqa: E402
from policies.rules import EvidenceRules, Owner  # noqa: E402
from policies.slots.occupancy import occupies  # noqa: E402
from policies.wall import WallTime, local_datetime, seconds  # noqa: E402

NOW = datetime(2026, 3, 2, 7, tzinfo=UTC)
NOW_S = seconds(NOW)
DAY_S, YEAR_S = 86_400, 365 * 86_400
OWNER = Owner("Olle Owner", ("olle@example.com",), "Europe/Berlin")
SETTINGS = Settings(OWNER, (CalendarSettings("work", SourceKind.ICS),), write_calendar="work")
PEOPLE, CHANGED = 5_000, 54
WINDOW = (NOW_S - 900 * DAY_S, NOW_S + 180 * DAY_S)
GOALS = {
    "first, of Core's": 0.6,
    "rows of it, of Core's": 0.6,
    "delta, of first": 1 / 300,
    "contacts, of DuckDB's": 2.0,
}
Found = dict[str, tuple[CalendarItem, Derived]]
Untyped = Any  # neither peer is worth its stubs here


def everyone() -> list[Person]:
    priorities = list(Priority)
    return [
        Person(
            PersonId(f"person-{number}"),
            f"Person Nümber {number}",
            (address(number),),
            priorities[number % len(priorities)],
        )
        for number in range(PEOPLE)
    ]


def address(number: int) -> str:
    return f"person{number}@example.com"


def meeting(chance: random.Random, number: int) -> tuple[CalendarItem, Derived]:
    """One event with 1 to 3 guests, 2.4 on average."""
    start_s = NOW_S - NOW_S % 900 + 900 * chance.randrange(-900 * 96, 60 * 96)
    guests = chance.sample(range(PEOPLE), chance.choice((1, 2, 3, 3, 3, 2, 3, 2, 3, 2)))
    event = Event(
        uid=f"{number:06x}{chance.getrandbits(96):024x}@example.com",
        start=WallTime(local_datetime(start_s, "Europe/Berlin"), "Europe/Berlin"),
        span=Span(0, chance.choice((1_800, 2_700, 3_600))),
        summary=f"Meeting {number}: Größe, pricing, and what comes next",
        location="Café Ljung; corner table",
        organizer=OWNER.addresses[0],
        attendees=tuple(Attendee(address(guest), "", Response.ACCEPTED) for guest in guests),
    )
    return item_of(event, start_s)


def item_of(event: Event, start_s: int) -> tuple[CalendarItem, Derived]:
    occurrence = Occurrence(event, start_s, start_s + event.span.seconds, None)
    owner = frozenset(OWNER.addresses)
    derived = Derived(
        [occurrence], "", [judge(event, owner, EvidenceRules())], [occupies(event, owner)]
    )
    return CalendarItem(event.uid, "1", (event,)), derived


def touched(found: Found) -> Found:
    """Some of them with another title."""
    some = random.Random(2).sample(sorted(found), CHANGED)
    changed = {}
    for uid in some:
        item, derived = found[uid]
        event = replace(item.events[0], summary="Moved: " + item.events[0].summary)
        changed[uid] = item_of(event, derived.occurrences[0].start_s)
    return changed


# ---------------------------------------------------------------- fika


def take_in(db: Database, found: Found, total: int) -> None:
    changed = tuple(item for item, _ in found.values())
    changes = Changes(Cursor("1"), changed, total=total)
    row = calendars.calendar(db, "work")
    with db.transaction() as sql:
        items.apply(
            sql,
            row,
            changes,
            lambda item: found[item.id][1],
            window=WINDOW,
            derived_by="",
            now_s=NOW_S,
        )


# ---------------------------------------------------------------- SQLAlchemy Core


def by_core(path: Path, found: Found) -> None:
    """The same facts in two tables, written as its manual says: rows as mappings, executemany."""
    import sqlalchemy as sa
    from sqlalchemy.dialects.sqlite import insert

    engine = sa.create_engine(f"sqlite:///{path}")
    schema = sa.MetaData()
    events = sa.Table(
        "event",
        schema,
        sa.Column("uid", sa.String, primary_key=True),
        *(
            sa.Column(name, sa.String)
            for name in ("etag", "summary", "location", "organizer", "zone")
        ),
        *(sa.Column(name, sa.Integer) for name in ("start_s", "end_s", "status", "occupies")),
    )
    attendance = sa.Table(
        "attendance",
        schema,
        sa.Column("address", sa.String, primary_key=True),
        sa.Column("start_s", sa.Integer, primary_key=True),
        sa.Column("uid", sa.String, primary_key=True),
        sa.Column("end_s", sa.Integer),
        sa.Column("strength", sa.Integer),
        sa.Column("answer", sa.String),
    )
    schema.create_all(engine)
    rows: list[dict[str, object]] = []
    guests: list[dict[str, object]] = []
    for item, derived in found.values():
        event, occurrence = item.events[0], derived.occurrences[0]
        rows.append(
            {
                "uid": event.uid,
                "etag": "1",
                "summary": event.summary,
                "location": event.location,
                "organizer": event.organizer,
                "zone": "Europe/Berlin",
                "start_s": occurrence.start_s,
                "end_s": occurrence.end_s,
                "status": 1,
                "occupies": int(derived.occupies[0]),
            }
        )
        guests.extend(
            {
                "address": each.address,
                "start_s": occurrence.start_s,
                "uid": event.uid,
                "end_s": occurrence.end_s,
                "strength": 2,
                "answer": each.response.value,
            }
            for each in event.attendees
        )
    with engine.begin() as connection:
        for table, values in ((events, rows), (attendance, guests)):
            statement = insert(table)
            keys = [column.name for column in table.primary_key]
            others = {
                column.name: statement.excluded[column.name]
                for column in table.columns
                if column.name not in keys
            }
            connection.execute(statement.on_conflict_do_update(keys, set_=others), values)
    engine.dispose()


# ---------------------------------------------------------------- DuckDB

STATE = """
SELECT person,
    max(CASE WHEN end_s <= $now THEN start_s END) AS last_s,
    min(CASE WHEN start_s > $now THEN start_s END) AS next_s,
    count(CASE WHEN end_s <= $now AND start_s > $now - 31536000 THEN 1 END) AS number,
    CASE WHEN max(CASE WHEN end_s <= $now THEN start_s END) > $now - 5184000 THEN 'green'
        ELSE 'red' END AS status
FROM attendance JOIN address USING (address) GROUP BY person
"""


def duckdb_with(found: Found) -> Untyped:
    import duckdb
    import numpy as np

    connection: Untyped = duckdb.connect(":memory:")
    connection.execute("SET threads = 1")
    rows = [
        (each.address, derived.occurrences[0].start_s, derived.occurrences[0].end_s)
        for item, derived in found.values()
        for each in item.events[0].attendees
    ]
    columns = {
        "address": np.array([row[0] for row in rows], dtype=object),
        "start_s": np.array([row[1] for row in rows]),
        "end_s": np.array([row[2] for row in rows]),
    }
    connection.register("given", columns)
    connection.execute("CREATE TABLE attendance AS SELECT * FROM given")
    listed = {
        "address": np.array([address(number) for number in range(PEOPLE)], dtype=object),
        "person": np.array([f"person-{number}" for number in range(PEOPLE)], dtype=object),
    }
    connection.register("listed", listed)
    connection.execute("CREATE TABLE address AS SELECT * FROM listed")
    return connection


# ---------------------------------------------------------------- side by side


def timed(work: Callable[[], object]) -> tuple[float, Any]:
    start = time.process_time()
    result = work()
    return time.process_time() - start, result


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--events", type=int, default=107_000)
    parser.add_argument("--rounds", type=int, default=3)
    given = parser.parse_args()
    chance = random.Random(7)
    pairs = (meeting(chance, number) for number in range(given.events))
    found: Found = {item.id: (item, derived) for item, derived in pairs}
    changed = touched(found)
    spent: dict[str, list[float]] = {}

    def note(name: str, work: Callable[[], object]) -> Any:  # noqa: ANN401 - whatever it answers
        cpu_s, result = timed(work)
        spent.setdefault(name, []).append(cpu_s)
        return result

    duck = duckdb_with(found)
    for _ in range(given.rounds):
        with tempfile.TemporaryDirectory() as folder:
            home = Path(folder)
            with Database(home / "fika") as db:
                with db.transaction() as sql:
                    people.save_all(sql, everyone())
                note("first", lambda: take_in(db, found, len(found)))
                note("as text", lambda: [codec.encode(item) for item, _ in found.values()])
                note("delta", lambda: take_in(db, changed, len(found)))
                meetings.contacts(db, NOW_S)
                contacts = note("contacts", lambda: meetings.contacts(db, NOW_S))
                note("audit", lambda: audits.lines(db, SETTINGS, NOW))
            by_core(home / "warm.db", changed)  # its import is not counted
            note("SQLAlchemy Core", partial(by_core, home / "core.db", found))
            duck.execute(STATE, {"now": NOW_S}).fetchall()
            states = note("DuckDB", lambda: duck.execute(STATE, {"now": NOW_S}).fetchall())
            gate(contacts, states)
    guests = sum(len(item.events[0].attendees) for item, _ in found.values())
    report({name: statistics.median(each) for name, each in spent.items()}, len(found), guests)


def gate(contacts: Any, states: Sequence[Any]) -> None:  # noqa: ANN401 - see Untyped
    """Both must know the same of everyone: when they last met, meet next, how often in a year."""
    ours = {
        who: (each.last and each.last.start_s, each.next and each.next.start_s)
        for who, each in contacts.items()
    }
    theirs = {who: (last, next_) for who, last, next_, _, _ in states if last or next_}
    if ours != theirs:
        raise SystemExit("they know different things of people")


def report(cpu_s: dict[str, float], events: int, attendances: int) -> None:
    ratios = {
        "first, of Core's": cpu_s["first"] / cpu_s["SQLAlchemy Core"],
        "rows of it, of Core's": (cpu_s["first"] - cpu_s["as text"]) / cpu_s["SQLAlchemy Core"],
        "delta, of Core's": cpu_s["delta"] / cpu_s["SQLAlchemy Core"],
        "delta, of first": cpu_s["delta"] / cpu_s["first"],
        "contacts, of DuckDB's": cpu_s["contacts"] / cpu_s["DuckDB"],
        "audit, of DuckDB's": cpu_s["audit"] / cpu_s["DuckDB"],
    }
    print(f"{events:,} events, {attendances:,} attendances, {PEOPLE:,} people")
    for name, each in cpu_s.items():
        print(f"{name:18} {each:9.4f} s CPU")
    for name, ratio in ratios.items():
        print(f"{name:24} {ratio:9.4f}" + (f"   goal {GOALS[name]:.4f}" if name in GOALS else ""))
    keep(
        "store",
        {
            "events": events,
            "attendances": attendances,
            "people": PEOPLE,
            "cpu_s": cpu_s,
            "shares": ratios,
            "goals": GOALS,
        },
    )


if __name__ == "__main__":
    main()
