"""Reading every calendar: what changed goes into the store, what failed becomes a value.

One account that fails never stops the others, and a failed reading never deletes anything. A
calendar that suddenly holds half of what it held, or nothing, is refused until the owner accepts.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from enum import StrEnum

from agent.settings import CalendarSettings, Settings
from agent.store import calendars as store
from agent.store import items, skew
from agent.store.database import Database
from agent.store.derived import Derive, Derived
from agent.store.forgotten import without
from connectors.clocks import comparing
from connectors.errors import ConnectorError, NeedsLogin
from connectors.port import CalendarReader, Changes, Quarantined
from policies.audit.evidence import judge
from policies.calendar.event import CalendarItem
from policies.calendar.occurrence import Occurrence
from policies.calendar.recurrence import expand
from policies.frozen import frozen
from policies.interval import Interval
from policies.slots.occupancy import occupies
from policies.slots.places import Whereabouts, whereabouts

_MONTHS_AHEAD = 6
_SMALL = 20
_ALL_TIME = (-(10**11), 10**12)
_DERIVATION = "3"
"""Raise it when the meaning of anything derived changes: the next run derives all anew."""


class Outcome(StrEnum):
    """How one calendar's reading ended."""

    READ = "read"
    UNCHANGED = "unchanged"
    FAILED = "failed"
    SIGN_IN = "sign-in needed"
    SHRUNK = "refused: shrunk"


_FAILED = frozenset({Outcome.FAILED, Outcome.SIGN_IN})


@frozen
class Reading:
    """One calendar's part in a run; ``cause`` and ``remedy`` are empty when all went well.

    ``complete`` is false when the source broke off: what it lacks is unknown.
    """

    calendar: str
    outcome: Outcome
    changed: int = 0
    total: int = 0
    quarantined: tuple[Quarantined, ...] = ()
    complete: bool = True
    cause: str = ""
    remedy: str = ""


def read_all(
    db: Database,
    settings: Settings,
    readers: Mapping[str, CalendarReader],
    now: datetime,
    *,
    on_each: Callable[[str], None] = lambda _: None,
) -> tuple[Reading, ...]:
    """Read every configured calendar in turn; ``on_each`` is told the name of each before.

    Of those that are configured no more only what had ended still counts.
    """
    _let_go(db, settings, now)
    return read_some(db, settings, settings.calendars, readers, now, on_each=on_each)


def read_some(
    db: Database,
    settings: Settings,
    calendars: Iterable[CalendarSettings],
    readers: Mapping[str, CalendarReader],
    now: datetime,
    *,
    on_each: Callable[[str], None] = lambda _: None,
) -> tuple[Reading, ...]:
    """Read just these of the configured calendars, as `read_all` does.

    What their services tell of this machine's clock is noted, of a failed reading, too.
    """
    readings: list[Reading] = []
    told: dict[str, timedelta] = {}
    for each in calendars:
        on_each(each.name)
        with comparing() as ahead:
            readings.append(_read(db, settings, each, readers[each.name], now))
        if ahead:
            told[each.name] = min(ahead, key=abs)
    # It holds until an answer shows otherwise, or the calendar is one that gives none.
    over = {each.calendar for each in readings if told or each.outcome not in _FAILED}
    skew.note(db, told, over)
    return tuple(readings)


def _let_go(db: Database, settings: Settings, now: datetime) -> None:
    names = {each.name for each in settings.calendars}
    for row in store.calendars(db):
        if row.read_at_s is not None and row.name not in names:
            with db.transaction() as sql:
                items.let_go(sql, row.id, int(now.timestamp()))
                store.note_letting_go(sql, row.id)


def _read(
    db: Database,
    settings: Settings,
    calendar: CalendarSettings,
    reader: CalendarReader,
    now: datetime,
) -> Reading:
    row = _up_to_date(db, settings, calendar, store.calendar(db, calendar.name), now)
    window = _window(settings, row, now)
    cursor = store.cursor(db, row.name)
    covered = Interval(*(datetime.fromtimestamp(end, UTC) for end in window))
    try:
        changes = reader.changes(cursor, covered)
    except ConnectorError as error:
        outcome = Outcome.SIGN_IN if isinstance(error, NeedsLogin) else Outcome.FAILED
        return _failed(db, row, outcome, error.cause, error.remedy, now)
    except Exception as error:  # noqa: BLE001 - a door: one account never loses the others
        cause = f"could not be read ({type(error).__name__})"
        return _failed(db, row, Outcome.FAILED, cause, "please report this with `fika doctor`", now)
    return _take_in(db, settings, calendar, row, without(db, changes), window, now)


def _take_in(
    db: Database,
    settings: Settings,
    calendar: CalendarSettings,
    row: store.CalendarRow,
    changes: Changes,
    window: tuple[int, int],
    now: datetime,
) -> Reading:
    known = 0 if changes.unchanged else store.present(db, row.id)
    if _shrunk(known, changes) and not row.shrink_accepted:
        with db.transaction() as sql:
            store.note_refusal(sql, row.id, changes.total)
        return Reading(
            row.name,
            Outcome.SHRUNK,
            total=changes.total,
            cause=f"held {known} entries before and {changes.total} now",
            remedy=f"if that is right: fika calendars accept {row.name}",
        )
    with db.transaction() as sql:
        items.apply(
            sql,
            row,
            changes,
            _derivation(settings, calendar, window, now),
            window=window,
            derived_by=_rules_digest(settings, calendar),
            now_s=int(now.timestamp()),
        )
    return Reading(
        row.name,
        Outcome.UNCHANGED if changes.unchanged else Outcome.READ,
        changed=len(changes.changed),
        total=changes.total,
        quarantined=store.quarantined(db).get(row.name, ()),
        complete=changes.complete,
    )


def _failed(
    db: Database, row: store.CalendarRow, outcome: Outcome, cause: str, remedy: str, now: datetime
) -> Reading:
    with db.transaction() as sql:
        store.note_failure(sql, row.id, cause, int(now.timestamp()))
    return Reading(row.name, outcome, total=row.total, cause=cause, remedy=remedy)


def _shrunk(known: int, changes: Changes) -> bool:
    """Whether a complete listing lost so much that something is more likely wrong.

    What the service says was deleted is not lost.
    """
    if not changes.complete or changes.unchanged:
        return False
    known -= len(changes.deleted)
    return changes.total == 0 < known or (known >= _SMALL and 2 * changes.total <= known)


def _up_to_date(
    db: Database,
    settings: Settings,
    calendar: CalendarSettings,
    row: store.CalendarRow,
    now: datetime,
) -> store.CalendarRow:
    """Derive what the passing of time, or a changed rule, asks for, before reading anew."""
    if row.expanded_from_s is None or row.expanded_until_s is None:
        return row
    until_s = _window(settings, row, now)[1]
    window = (row.expanded_from_s, max(until_s, row.expanded_until_s))
    derived_by = _rules_digest(settings, calendar)
    if row.derived_by != derived_by:
        with db.transaction() as sql:
            items.derive_again(sql, row, _derivation(settings, calendar, window, now))
            store.set_window(sql, row.id, window, derived_by)
    elif until_s > row.expanded_until_s:
        later = (row.expanded_until_s, until_s)
        with db.transaction() as sql:
            items.extend(sql, row, _derivation(settings, calendar, later, now), later)
            store.set_window(sql, row.id, window, derived_by)
    return store.calendar(db, row.name)


def _window(settings: Settings, row: store.CalendarRow, now: datetime) -> tuple[int, int]:
    """The seconds series are expanded for: it moves once a month, and never gives up the past."""
    months = now.year * 12 + now.month - 1 + _MONTHS_AHEAD
    until = datetime(months // 12, months % 12 + 1, 1, tzinfo=UTC)
    from_s = int((now - settings.rules.history).timestamp())
    return (
        from_s if row.expanded_from_s is None else min(from_s, row.expanded_from_s),
        max(int(until.timestamp()), row.expanded_until_s or 0),
    )


def _derivation(
    settings: Settings,
    calendar: CalendarSettings,
    window: tuple[int, int],
    now: datetime,
) -> Derive:
    """How an item of this calendar becomes occurrences, judgements and occupied time."""
    now_s = int(now.timestamp())
    owner = frozenset(settings.owner.addresses)
    rules, zone, limit = settings.rules.evidence, settings.owner.zone, settings.limits.occurrences

    def derive(item: CalendarItem) -> Derived:
        expansion = expand(item, *(window if item.recurs else _ALL_TIME), zone, limit)
        return Derived(
            expansion.occurrences,
            expansion.problem,
            [judge(event, owner, rules) if calendar.evidence else () for event in item.events],
            [occupies(event, owner) for event in item.events],
            _to_come(item, expansion.occurrences, now_s),
            now_s,
        )

    return derive


def _to_come(
    item: CalendarItem, occurrences: Sequence[Occurrence], now_s: int
) -> Sequence[Whereabouts | None]:
    """Where the events of an item have the owner be, of those that are not over."""
    ahead = {id(each.event) for each in occurrences if each.end_s > now_s}
    if not ahead:
        return ()
    return [whereabouts(event) if id(event) in ahead else None for event in item.events]


def _rules_digest(settings: Settings, calendar: CalendarSettings) -> str:
    facts = (
        _DERIVATION,
        sorted(settings.owner.addresses),
        settings.owner.zone,
        settings.rules.evidence,
        settings.limits.occurrences,
        calendar.evidence,
    )
    return hashlib.sha256(repr(facts).encode()).hexdigest()
