"""The peer of `usual.py`: a day on the usual stack, as a process of its own.

python benchmarks/usual_day.py STORE CHANGES [CALENDAR]
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from itertools import starmap
from pathlib import Path
from typing import Any, NamedTuple

Untyped = Any  # the peers state no types worth having here


class Row(NamedTuple):
    """An entry as the usual stack keeps it: naive local start, its rule, its guests."""

    uid: str
    start: str
    zone: str
    minutes: int
    rule: str
    guests: str


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


def live(store: Path, changes: Path, calendar: Path | None = None) -> None:
    """Take the changes in, see who is overdue, find times, assign them, print who is met when.

    With a ``calendar`` they are found there, and must be those of ``changes``.
    """
    import sqlalchemy as sa
    from sqlalchemy.dialects.sqlite import insert

    engine, event, person = tables(store)
    changed = [Row(*each) for each in json.loads(changes.read_text())]
    with engine.begin() as connection:
        if calendar:
            columns = [event.c[name] for name in Row._fields]
            rows = starmap(Row, connection.execute(sa.select(*columns)))
            known = {each.uid: each for each in rows}
            read = list(read_whole(calendar, known))
            assert {each.uid for each in read} == {each.uid for each in changed}
            changed = read
        statement = insert(event)
        others = {c.name: statement.excluded[c.name] for c in event.columns if c.name != "uid"}
        connection.execute(
            statement.on_conflict_do_update(["uid"], set_=others),
            [each._asdict() for each in changed],
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


def read_whole(calendar: Path, known: Mapping[str, Row]) -> Iterator[Row]:
    """The entries of a calendar whose time, guests or title are not as ``known``."""
    from icalendar import Calendar

    for event in Calendar.from_ical(calendar.read_bytes()).walk("VEVENT"):
        start, before = event.start, known.get(str(event["UID"]))
        if "RECURRENCE-ID" in event or not isinstance(start, datetime) or before is None:
            continue
        guests = ",".join(str(each).removeprefix("mailto:").lower() for each in event.attendees)
        row = before._replace(
            start=start.replace(tzinfo=None).isoformat(),
            minutes=int(event.duration.total_seconds()) // 60,
            guests=f"{guests}|{event.get('SUMMARY', '')}",
        )
        if row != before:
            yield row


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
    live(*map(Path, sys.argv[1:]))
